import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { setUp } from './stage.ts';

t.test('tells what happens meanwhile', async (t) => {
  const { enter, maildir } = await setUp(t, { 'cur/1.a:2,': 'x' });
  const [{ send, line }, other] = [await enter(), await enter()];
  await send('a IDLE\r\n');
  t.equal(await line(), '+ Idling');
  fs.writeFileSync(join(maildir, 'tmp/2.b'), 'Subject: two\n\n');
  fs.renameSync(join(maildir, 'tmp/2.b'), join(maildir, 'new/2.b'));
  t.same([await line(), await line()], ['* 2 EXISTS', '* 1 RECENT']);
  await other.ask('STORE 1 FLAGS \\Deleted');
  t.equal(await line(), '* 1 FETCH (UID 1 FLAGS (\\Deleted))');
  await other.ask('EXPUNGE');
  t.equal(await line(), '* 1 EXPUNGE');
  await send('DONE\r\n');
  t.equal(await line(), 'a OK Done');
});

t.test('ends with DONE alone', async (t) => {
  const { enter } = await setUp(t, { 'cur/1.a:2,': 'x' });
  const { send, line } = await enter(null);
  await send('a IDLE\r\nb NOOP\r\n');
  t.same([await line(), await line()], ['+ Idling', 'a BAD DONE is missing']);
  await send('c IDLE\r\ndone\r\n');
  t.same([await line(), await line()], ['+ Idling', 'c OK Done']);
});

t.test('a peer that goes', async (t) => {
  const { enter, served } = await setUp(t, { 'cur/1.a:2,': 'x' });
  const { send, line, peer } = await enter();
  await send('a IDLE\r\n');
  await line();
  peer.end();
  t.equal((await peer.rest()).length, 0);
  t.same(served.failures, []);
});
