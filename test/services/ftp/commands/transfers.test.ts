import { once } from 'node:events';
import fs from 'node:fs';
import type { Socket } from 'node:net';

import t from 'tap';

import { TreeError } from '../../../../src/contract/tree.ts';
import { createFakeContext } from '../../../support/fake-context.ts';
import { alicePassword, setUp, type Stage } from '../stage.ts';

const taken = '226 All is taken and on disk';

/** Names in alice's home, hidden ones too. */
function names({ home }: Stage): string[] {
  return fs
    .readdirSync(home)
    .filter((name) => name !== '.portico-incoming' || fs.readdirSync(`${home}/${name}`).length > 0);
}

t.test('RETR', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': '0123456789', empty: '', 'd/e': '' } });
  const { ask, fetch, dataConnection } = await enter();
  t.equal((await fetch('RETR a.txt')).toString(), '0123456789');
  t.equal((await fetch('RETR empty')).length, 0);
  t.equal(await ask('REST 4'), '350 From byte 4 on');
  t.equal((await fetch('RETR a.txt')).toString(), '456789');
  t.equal((await fetch('RETR a.txt')).toString(), '0123456789', 'REST is for one transfer');
  await ask('REST 10');
  t.equal((await fetch('RETR a.txt')).toString(), '');
  await ask('REST 11');
  const data = await dataConnection();
  t.equal(await ask('RETR a.txt'), '554 The file ends before that point');
  t.equal(await ask('RETR d'), '550 That is a folder');
  t.equal(await ask('RETR none'), '550 There is no such file or folder');
  data.destroy();
  await ask('ABOR');
  t.equal(await ask('RETR a.txt'), '425 PASV or PORT comes first');
});

t.test('STOR', async (t) => {
  const stage = await setUp(t, { files: { 'a.txt': 'before', 'd/e': '' } });
  const { ask, store } = await stage.enter();
  t.equal(await store('STOR a.txt', 'after'), taken);
  t.equal(fs.readFileSync(stage.path('a.txt'), 'utf8'), 'after');
  t.equal(await store('STOR empty', ''), taken);
  await ask('REST 2');
  t.equal(await store('STOR a.txt', '---'), taken);
  t.equal(fs.readFileSync(stage.path('a.txt'), 'utf8'), 'af---', 'REST keeps the start');
  await ask('REST 9');
  t.equal(await store('STOR a.txt', 'x'), '554 The file ends before that point');
  t.equal(await store('STOR d', 'x'), '550 That is a folder');
  t.equal(await store('STOR none/x', 'x'), '550 There is no such file or folder');
  t.equal(await store('APPE a.txt', '+++'), taken);
  t.equal(await store('APPE new.txt', 'new'), taken);
  t.equal(fs.readFileSync(stage.path('a.txt'), 'utf8'), 'af---+++');
  t.same(names(stage), ['a.txt', 'd', 'empty', 'new.txt']);
  t.same(
    stage.served.items.map(({ name, size }) => [name, size]),
    [
      ['a.txt', 5],
      ['empty', 0],
      ['a.txt', 5],
      ['a.txt', 8],
      ['new.txt', 3],
    ],
  );
});

t.test('STOU', async (t) => {
  const stage = await setUp(t, { files: { 'a.txt': 'a', 'a.txt.1': 'b' } });
  const { ask, dataConnection, reply } = await stage.enter();
  for (const [line, pattern] of [
    ['STOU a.txt', /^150 FILE: (a\.txt\.2)$/],
    ['STOU c.txt', /^150 FILE: (c\.txt)$/],
    ['STOU', /^150 FILE: (ftp-[0-9a-f]{12})$/],
  ] as const) {
    const data = await dataConnection();
    const [, name = ''] = pattern.exec(await ask(line)) ?? [];
    data.resume().end('new');
    t.equal(await reply(), taken);
    t.equal(fs.readFileSync(stage.path(name), 'utf8'), 'new', line);
  }
  t.equal(fs.readFileSync(stage.path('a.txt'), 'utf8'), 'a');
});

t.test('lines of text', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'a.txt': 'one\ntwo\r\nthree' } });
  const { ask, fetch, store } = await enter();
  await ask('TYPE A');
  t.equal((await fetch('RETR a.txt')).toString(), 'one\r\ntwo\r\nthree');
  t.equal(await store('STOR b.txt', 'one\r\ntwo\nthr\ree\r\n'), taken);
  t.equal(fs.readFileSync(path('b.txt'), 'utf8'), 'one\ntwo\nthr\ree\n');
  t.match(await ask('REST 1'), /^501 /);
  t.equal(await ask('REST 0'), '350 From byte 0 on');
  await ask('TYPE I');
  await ask('REST 1');
  await ask('TYPE A');
  await ask('EPSV');
  t.match(await ask('RETR a.txt'), /^501 /);
});

t.test('bytes stay as they are where no type was asked for', async (t) => {
  const { open, path } = await setUp(t);
  const { ask, store, fetch } = await open();
  await ask('USER alice');
  await ask(`PASS ${alicePassword}`);
  t.equal(await store('STOR a', '1\r\n2\n'), taken);
  t.equal(fs.readFileSync(path('a'), 'utf8'), '1\r\n2\n');
  t.equal((await fetch('RETR a')).toString(), '1\r\n2\n');
});

t.test('limits', async (t) => {
  const stage = await setUp(t, { options: { max_file_size: '10B' }, account: { quota: 25 } });
  const { ask, store } = await stage.enter();
  t.equal(await ask('ALLO 10'), '200 Fine');
  t.equal(await store('STOR a', '0123456789'), taken);
  t.equal(await ask('ALLO 11'), '552 The file is too large');
  t.equal(await store('STOR b', '01234567890'), '552 The file is too large');
  t.equal(await store('APPE a', '0'), '552 The file is too large');
  t.equal(await store('STOR b', '0123456789'), taken);
  t.equal(await store('STOR c', '012345'), '552 The quota is reached');
  t.equal(await store('STOR c', '01234'), taken);
  t.same(names(stage), ['a', 'b', 'c']);
  const { logs } = stage.served.context;
  const causes = logs.flatMap(({ fields }) => fields?.['cause'] ?? fields?.['reason'] ?? []);
  t.ok(causes.includes('larger than max_file_size: 10 bytes'), 'the log names the option');
  t.ok(causes.includes('the quota of alice is spent: 25 bytes'), 'and whose quota it is');
});

t.test('what the machine does not allow is told to who keeps it', async (t) => {
  const reason = 'nobody may not do that at /srv/a (EACCES)';
  const denied = () => Promise.reject(new TreeError('denied', 'that is not allowed', { detail: reason }));
  const { openTree } = createFakeContext();
  const { enter, served } = await setUp(t, {
    context: { openTree: async (session, options) => ({ ...(await openTree(session, options)), write: denied }) },
  });
  const { store } = await enter();
  t.equal(await store('STOR a', 'x'), '550 That is not allowed');
  t.match(await served.context.logged(/does not allow/), { severity: 'warning', fields: { command: 'STOR', reason } });
});

t.test('umask', async (t) => {
  const { enter, path } = await setUp(t, { options: { umask: '027' } });
  const { ask, store } = await enter();
  await store('STOR a', 'a');
  await ask('MKD d');
  t.equal(fs.statSync(path('a')).mode & 0o777, 0o640);
  t.equal(fs.statSync(path('d')).mode & 0o777, 0o750);
});

// Regression: it was refused, and the folder was there.
t.test('umask, for who may make folders and write no files', async (t) => {
  const { enter, path } = await setUp(t, { options: { umask: '027' }, account: { permissions: ['mkdir'] } });
  const { ask } = await enter();
  t.match(await ask('MKD d'), /^257 /);
  t.equal(fs.statSync(path('d')).mode & 0o777, 0o750);
});

t.test('ABOR', async (t) => {
  const stage = await setUp(t, { files: { old: 'old' } });
  fs.writeFileSync(stage.path('large'), '');
  fs.truncateSync(stage.path('large'), 1 << 30);
  const { ask, reply, send, dataConnection } = await stage.enter();

  await t.test('without a transfer', async (t) => {
    t.equal(await ask('ABOR'), '225 There is no transfer to give up');
    await ask('EPSV');
    t.equal(await ask('ABOR'), '225 There is no transfer to give up');
    t.equal(await ask('RETR old'), '425 PASV or PORT comes first');
  });
  await t.test('during a download', async (t) => {
    const data = await dataConnection();
    t.match(await ask('RETR large'), /^150 /);
    await once(data, 'readable');
    // As programs send it: IAC IP, IAC DM.
    send(Buffer.from('\xff\xf4\xff\xf2ABOR\r\n', 'latin1'));
    t.equal(await reply(), '426 The transfer is given up');
    t.equal(await reply(), '226 It is given up');
    data.destroy();
    t.equal(await ask('NOOP'), '200 Fine');
  });
  await t.test('during an upload', async (t) => {
    const data = await dataConnection();
    t.match(await ask('STOR old'), /^150 /);
    data.write('new');
    t.equal(await ask('ABOR'), '426 The transfer is given up');
    t.equal(await reply(), '226 It is given up');
    t.equal(fs.readFileSync(stage.path('old'), 'utf8'), 'old');
    t.same(names(stage), ['large', 'old']);
    data.destroy();
  });
  await t.test('while the peer is waited for', async (t) => {
    await ask('EPSV');
    t.match(await ask('RETR old'), /^150 /);
    t.equal(await ask('ABOR'), '426 The transfer is given up');
    t.equal(await reply(), '226 It is given up');
  });
});

t.test('what is said during a transfer', async (t) => {
  const stage = await setUp(t, { files: { old: 'old' } });
  const talk = await stage.enter();
  const data = await talk.dataConnection();
  t.match(await talk.ask('STOR new'), /^150 /);
  data.resume().write('12345');
  let status = await talk.ask('STAT');
  while (!status.includes('5 bytes')) status = await talk.ask('STAT');
  t.match(status, /\n STOR new: 5 bytes so far\n211 End$/);
  talk.send('NOOP\r\nPWD\r\nQUIT\r\n');
  data.end('67');
  t.equal(await talk.reply(), taken);
  t.equal(await talk.reply(), '200 Fine', 'waits for the transfer');
  t.match(await talk.reply(), /^257 /);
  t.equal(await talk.reply(), '221 Bye');
  t.equal(fs.readFileSync(stage.path('new'), 'utf8'), '1234567');
});

t.test('a peer that goes away in the middle', async (t) => {
  const stage = await setUp(t);
  for (const [title, leave] of [
    ['by the end of both', (talk, data) => (talk.socket.end(), data.end())],
    ['by a reset of the data connection', (_talk, data) => data.resetAndDestroy()],
    ['by a reset of the control connection', (talk) => talk.socket.resetAndDestroy()],
    ['by the end of the control connection', (talk) => talk.socket.end()],
  ] as readonly [string, (talk: Awaited<ReturnType<Stage['enter']>>, data: Socket) => unknown][]) {
    await t.test(title, async (t) => {
      const talk = await stage.enter();
      const data = await talk.dataConnection();
      t.match(await talk.ask('STOR half'), /^150 /);
      data.resume().write('half');
      while (!(await talk.ask('STAT')).includes('4 bytes'));
      const { logs } = stage.served.context;
      const before = logs.length;
      leave(talk, data);
      while (!logs.slice(before).some(({ message }) => message.startsWith('an upload did not come to its end'))) {
        await new Promise(setImmediate);
      }
      data.destroy();
      talk.socket.destroy();
      const told = logs.slice(before).filter(({ message }) => message.startsWith('an upload'));
      t.equal(told.length, 1);
      t.match(told[0]?.fields?.['cause'], /^the peer (?:has left|broke off)/);
    });
  }
  while (stage.served.sessions.size > 0) await new Promise(setImmediate);
  t.same(names(stage), []);
  t.same(stage.served.items, []);
  t.same(stage.served.failures, []);
});

t.test('who has said QUIT may go', async (t) => {
  const stage = await setUp(t);
  const talk = await stage.enter();
  const data = await talk.dataConnection();
  await talk.ask('STOR a');
  talk.socket.end('QUIT\r\n');
  data.resume().end('a');
  t.equal(await talk.reply(), taken);
  t.equal(await talk.reply(), '221 Bye');
});

t.test('nothing moves any more', async (t) => {
  const stage = await setUp(t, { options: { data_timeout: '1s' } });
  const talk = await stage.enter();
  const data = await talk.dataConnection();
  await talk.ask('STOR a');
  data.write('a');
  t.match(await talk.reply(), /^426 nothing moved/);
  t.same(names(stage), []);
  data.destroy();
});

t.test('a full queue of commands waits, and nothing of it is lost', async (t) => {
  const stage = await setUp(t);
  const talk = await stage.enter();
  const data = await talk.dataConnection();
  await talk.ask('STOR a');
  talk.send('NOOP\r\n'.repeat(500));
  data.resume().end('a');
  t.equal(await talk.reply(), taken);
  for (let count = 0; count < 500; count += 1) if ((await talk.reply()) !== '200 Fine') t.fail(`NOOP ${count}`);
});
