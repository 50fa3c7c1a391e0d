import t from 'tap';

import { setUp } from '../stage.ts';

t.test('what the server tells of itself', async (t) => {
  const { open } = await setUp(t);
  const { ask } = await open();
  t.equal(
    await ask('FEAT'),
    [
      '211-These are there',
      ' CLNT',
      ' EPRT',
      ' EPSV',
      ' HOST',
      ' LANG EN*',
      ' MDTM',
      ' MFMT',
      ' MLST type*;perm*;size*;modify*;unique*;UNIX.mode*;',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      ' UTF8',
      '211 End',
    ].join('\n'),
  );
  t.equal(await ask('SYST'), '215 UNIX Type: L8');
  t.match(await ask('HELP'), /^214-These are there\n ABOR ACCT ALLO APPE AUTH CCC CDUP CLNT\n[^]*\n214 End$/);
  t.equal(await ask('HELP retr'), '214 RETR is there');
  t.equal(await ask('HELP smnt'), '502 That is not done here');
  t.equal(await ask('NOOP'), '200 Fine');
  t.equal(await ask('OPTS UTF8 ON'), '200 It is UTF-8 anyway');
  t.equal(await ask('OPTS FOO'), '501 There is no such option');
  t.equal(await ask('CLNT ncftp'), '200 Fine');
  t.equal(await ask('LANG'), '200 It is English');
  t.equal(await ask('LANG de'), '504 It is not done with that');
  t.equal(await ask('SMNT x'), '502 That is not done here');
  t.equal(await ask('XYZZY'), '500 There is no such command');
});

t.test('who only makes mistakes is sent away', async (t) => {
  const { open } = await setUp(t);
  const talk = await open();
  talk.send('FOO\r\n'.repeat(120));
  t.equal((await talk.rest()).split('\r\n').length, 101);
});

t.test('commands that come all at once are answered in their order', async (t) => {
  const { open } = await setUp(t);
  const talk = await open();
  talk.send('NOOP\r\nSYST\r\nfoo\r\nNOOP\r\nQUIT\r\nNOOP\r\n');
  t.same(
    (await talk.rest())
      .trimEnd()
      .split('\r\n')
      .map((line) => line.slice(0, 3)),
    ['200', '215', '500', '200', '221'],
  );
});
