import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { TreeError } from '../../../../src/contract/tree.ts';
import { alicePassword, setUp } from '../stage.ts';

t.test('whatever needs somebody is refused to nobody', async (t) => {
  const { open } = await setUp(t);
  const { ask } = await open();
  const commands = [
    'PWD',
    'CWD /',
    'SIZE a',
    'LIST',
    'PASV',
    'EPSV',
    'TYPE I',
    'RETR a',
    'STOR a',
    'MLST',
    'SITE HELP',
    'STAT /',
  ];
  for (const command of commands) t.equal(await ask(command), '530 Log in first', command);
  for (const command of ['NOOP', 'SYST', 'FEAT', 'HELP', 'OPTS UTF8 ON', 'CLNT x', 'LANG en', 'STAT']) {
    t.match(await ask(command), /^2/, command);
  }
});

t.test('a login', async (t) => {
  const { open, served } = await setUp(t);
  const { ask } = await open();
  t.equal(await ask('PASS x'), '503 USER comes first');
  t.equal(await ask('USER alice'), '331 And the password?');
  t.equal(await ask('PASS wrong'), '530 The name or the password is wrong');
  t.equal(await ask(`PASS ${alicePassword}`), '503 USER comes first');
  await ask('USER alice');
  t.equal(await ask(`PASS ${alicePassword}`), '230 Welcome');
  t.equal(await ask('ACCT x'), '202 Accounts have nothing like it');
  await ask('CWD /');
  t.equal(await ask('REIN'), '220 Who is it?');
  t.equal(await ask('PWD'), '530 Log in first');
  await ask('USER alice');
  t.equal(await ask(`PASS ${alicePassword}`), '230 Welcome');
  await ask('USER alice');
  t.equal(await ask('PWD'), '530 Log in first', 'USER begins anew');
  t.notMatch(JSON.stringify(served.context.logs), /wrong/, 'no password is logged');
});

t.test('three wrong passwords are the end', async (t) => {
  const { open } = await setUp(t);
  const { ask, rest } = await open();
  for (const _ of [1, 2]) {
    await ask('USER alice');
    t.equal(await ask('PASS x'), '530 The name or the password is wrong');
  }
  await ask('USER bob');
  t.equal(await ask('PASS x'), '421 That was wrong too often');
  t.equal(await rest(), '');
});

t.test('the end of the time for a login', async (t) => {
  const { open } = await setUp(t, { options: { login_timeout: '1s' } });
  const talk = await open();
  t.equal(await talk.reply(), '421 Nobody logged in');
  t.equal(await talk.rest(), '');
});

t.test('a worker that ends sends away who has not logged in', async (t) => {
  const { open, enter, served } = await setUp(t);
  const [nobody, alice] = [await open(), await enter()];
  served.context.drain();
  t.equal(await nobody.reply(), '421 The service ends');
  t.equal(await alice.ask('NOOP'), '200 Fine');
  for (const session of served.sessions) session.abort('drain');
  t.equal(await alice.reply(), '421 The service ends');
});

t.test('limits say why', async (t) => {
  const { enter, served } = await setUp(t);
  for (const [reason, text] of [
    ['idle', '421 Nothing was said for too long'],
    ['session', '421 The session has lasted too long'],
    ['kick', '421 An administrator ends the session'],
  ] as const) {
    const talk = await enter();
    for (const session of served.sessions) session.abort(reason);
    t.equal(await talk.reply(), text);
  }
});

t.test('HOST', async (t) => {
  const { open } = await setUp(t);
  const { ask } = await open();
  t.equal(await ask('HOST ftp.example.com'), '220 FTP');
  t.equal(await ask('HOST [::1]'), '220 FTP');
  t.equal(await ask('HOST a/b'), '501 That is no name of a host');
  await ask('USER alice');
  t.equal(await ask('HOST ftp.example.com'), '503 HOST comes before USER');
});

t.test('anonymous', async (t) => {
  const root = join(t.testdir({ pub: { 'a.txt': 'a' } }), 'pub');
  const { open, served } = await setUp(t, { options: { anonymous: { root } } });
  const talk = await open();
  t.equal(await talk.ask('USER Anonymous'), '331 Any password will do');
  t.equal(await talk.ask('PASS me@example.com'), '230 Welcome');
  await talk.ask('TYPE I');
  t.equal((await talk.fetch('RETR a.txt')).toString(), 'a');
  t.equal(await talk.store('STOR b.txt', 'b'), '550 That is not allowed');
  t.equal(await talk.ask('MKD d'), '550 That is not allowed');
  t.equal(await talk.ask('DELE a.txt'), '550 That is not allowed');
  t.equal([...served.sessions][0]?.account, null);
  t.ok(served.context.logs.some(({ message }) => message === 'somebody has logged in as anonymous'));
  t.notMatch(JSON.stringify(served.context.logs), /me@example/);

  await t.test('who may add may replace nothing', async (t) => {
    const { open } = await setUp(t, { options: { anonymous: { root, write: true } } });
    const talk = await open();
    await talk.ask('USER ftp');
    await talk.ask('PASS ');
    t.equal(await talk.store('STOR c.txt', 'c'), '226 All is taken and on disk');
    t.equal(await talk.store('STOR a.txt', 'other'), '550 There is one of that name already');
    t.match(await talk.ask('MKD d'), /^257/);
    t.equal(await talk.ask('DELE c.txt'), '550 That is not allowed');
    t.equal(await talk.ask('RNFR c.txt'), '550 That is not allowed');
    const refusal = '550 Who has no account changes nothing that is there';
    const { mode, mtimeMs } = fs.statSync(join(root, 'a.txt'));
    for (const line of [
      'SITE CHMOD 000 a.txt',
      'SITE CHMOD 000 /',
      'SITE UTIME 20200101000000 a.txt',
      'MFMT 20200101000000 a.txt',
      'MDTM 20200101000000 a.txt',
    ])
      t.equal(await talk.ask(line), refusal, line);
    t.match(fs.statSync(join(root, 'a.txt')), { mode, mtimeMs });
    t.match(await talk.ask('MDTM a.txt'), /^213 /);
    t.equal(fs.readFileSync(join(root, 'a.txt'), 'utf8'), 'a');
  });
  await t.test('is a name like any other where it is not said', async (t) => {
    const { open } = await setUp(t);
    const { ask } = await open();
    t.equal(await ask('USER anonymous'), '331 And the password?');
    t.equal(await ask('PASS x'), '530 The name or the password is wrong');
  });
  await t.test('is not for who has logged in before', async (t) => {
    const { enter } = await setUp(t, { options: { anonymous: { root } } });
    const { ask } = await enter();
    await ask('USER ftp');
    t.equal(await ask('PASS x'), '530 Connect anew to log in as nobody');
  });
});

t.test('TLS may be required', async (t) => {
  const { open } = await setUp(t, { options: { require_tls: true } });
  const { ask } = await open();
  t.equal(await ask('USER alice'), '530 Start TLS first');
  t.equal(await ask('PASS x'), '530 Start TLS first');
});

t.test('a greeting of several lines', async (t) => {
  const { served } = await setUp(t, { options: { welcome: 'Hello\n220 is no end\nBye\n' } });
  const { peer } = await served.connect();
  peer.end();
  t.equal((await peer.rest()).toString(), '220-Hello\r\n 220 is no end\r\n220 Bye\r\n');
});

t.test('logins that cannot be checked', async (t) => {
  const { default: ftp } = await import('../../../../src/services/ftp/index.ts');
  const { serve } = await import('../../../support/serve.ts');
  const { connected, talkOver } = await import('../stage.ts');
  const served = await serve(ftp, { authenticate: () => Promise.reject(new Error('nobody there')) });
  t.teardown(() => served.close());
  const talk = talkOver(await connected(served.port));
  await talk.reply();
  await talk.ask('USER alice');
  t.equal(await talk.ask('PASS x'), '421 Logins cannot be checked now, try again later');
  talk.socket.destroy();
});

t.test('a folder that cannot be opened', async (t) => {
  const tryOut = async (error: Error) => {
    const { open, served } = await setUp(t, { context: { openTree: () => Promise.reject(error) } });
    const { ask } = await open();
    await ask('USER alice');
    const answer = await ask(`PASS ${alicePassword}`);
    return { answer, log: await served.context.logged(/files cannot be opened/) };
  };
  // Told to come again later, a device comes for ever.
  const reason = 'nobody may not do that at /srv/drop/alice (EACCES)';
  const never = await tryOut(new TreeError('denied', 'that is not allowed', { detail: reason }));
  t.equal(never.answer, '530 The folder of this account cannot be opened, whoever keeps the server has to see to it');
  t.match(never.log, { severity: 'err', fields: { account: 'alice', reason } });
  const later = await tryOut(new Error('EMFILE'));
  t.equal(later.answer, '421 The files cannot be opened now, try again later');
});

t.test('a root that is no folder is named in the log', async (t) => {
  const root = join(t.testdir({ file: '' }), 'file');
  const { open, served } = await setUp(t, { options: { root: `${root}/{account}` } });
  const { ask } = await open();
  await ask('USER alice');
  t.match(await ask(`PASS ${alicePassword}`), /^530 The folder/);
  const { fields } = await served.context.logged(/files cannot be opened/);
  t.match(fields, { account: 'alice', reason: `${root}/alice cannot be opened (ENOTDIR)` });
});
