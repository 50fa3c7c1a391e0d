import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { askDaemon, followDaemon } from '../../src/cli/control-client.ts';
import type { SessionEvent } from '../../src/contract/channel.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import { folderOf, mistake, startFakeDaemon, status, type Answer } from './fakes.ts';

const none = { timeoutMs: null };

t.test('asks in one line and reads the answer', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  t.same(await askDaemon(join(daemon.folder, 'portico.sock'), { command: 'status' }, none), status);
  t.same(daemon.requests, [{ command: 'status' }]);
});

t.test('an answer in pieces is one answer', async (t) => {
  const daemon = await startFakeDaemon(t, (_request, socket) => {
    const bytes = Buffer.from(`${JSON.stringify({ ok: true, value: [{ id: 'é' }] })}\n`);
    const send = (at: number): void => {
      if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => send(at + 1));
    };
    send(0);
    return null;
  });
  t.same(await askDaemon(join(daemon.folder, 'portico.sock'), { command: 'sessions' }, none), [{ id: 'é' }]);
});

for (const [what, answer, expected] of [
  [
    'a refusal',
    () => ({ ok: false, code: 69, message: 'cannot bind' }),
    { name: 'ExitError', code: 69, message: 'cannot bind' },
  ],
  [
    'hanging up',
    (_request, socket) => (socket.end(), null),
    { code: 70, message: /closed the connection without an answer/ },
  ],
  ['no JSON', () => 'nonsense', { code: 70, message: 'what answers on the control socket is not Portico' }],
  ['JSON that is no object', () => '5', { code: 70, message: 'what answers on the control socket is not Portico' }],
] as const satisfies readonly (readonly [string, Answer, object])[]) {
  t.test(`${what} is an error`, async (t) => {
    const daemon = await startFakeDaemon(t, answer);
    await t.rejects(askDaemon(join(daemon.folder, 'portico.sock'), { command: 'reload' }, none), expected);
  });
}

t.test('mistakes come as a ConfigError', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 78, message: 'mistakes', mistakes: [mistake] }));
  const asked = askDaemon(join(daemon.folder, 'portico.sock'), { command: 'reload' }, none);
  const error: unknown = await asked.catch((reason: unknown) => reason);
  t.same(error instanceof ConfigError ? error.mistakes : error, [mistake]);
});

t.test('silence is an error after the time given', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  const asked = askDaemon(join(daemon.folder, 'portico.sock'), { command: 'status' }, { timeoutMs: 10 });
  await t.rejects(asked, { code: 70, message: 'the daemon does not answer' });
});

t.test('no socket, one that nobody listens on, or no folder: not running', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  const path = join(daemon.folder, 'portico.sock');
  fs.linkSync(path, join(daemon.folder, 'stale'));
  await daemon.close();
  for (const each of [path, join(daemon.folder, 'stale'), join(daemon.file, 'portico.sock')]) {
    await t.rejects(askDaemon(each, { command: 'status' }, none), { code: 3, message: /the daemon is not running/ });
  }
});

t.test("another user's socket is 77", { skip: process.getuid?.() === 0 ? 'root may do all' : false }, async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  const path = join(daemon.folder, 'portico.sock');
  fs.chmodSync(path, 0o000);
  await t.rejects(askDaemon(path, { command: 'stop' }, none), { code: 77, message: /permission denied/ });
});

t.test('a path longer than a socket can have is an error, not a crash', async (t) => {
  const path = join(folderOf(t), 'x'.repeat(200));
  await t.rejects(askDaemon(path, { command: 'status' }, none), { name: 'ExitError', code: 70 });
});

t.test('follows until the daemon hangs up', async (t) => {
  const events = [{ event: 'start' }, { event: 'end' }] as unknown as SessionEvent[];
  const daemon = await startFakeDaemon(t, () => [{ ok: true, value: null }, ...events]);
  const seen: SessionEvent[] = [];
  await followDaemon(join(daemon.folder, 'portico.sock'), (event) => seen.push(event), new AbortController().signal);
  t.same(seen, events);
});

t.test('follows until it is told to stop', async (t) => {
  const daemon = await startFakeDaemon(t, (_request, socket) => {
    socket.write(`${JSON.stringify({ event: 'start' })}\n`);
    return null;
  });
  const stopping = new AbortController();
  await followDaemon(join(daemon.folder, 'portico.sock'), () => stopping.abort(), stopping.signal);
  t.equal(stopping.signal.aborted, true);
});

t.test('a refusal to follow is an error', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 64, message: 'unknown command' }));
  const path = join(daemon.folder, 'portico.sock');
  await t.rejects(
    followDaemon(path, () => {}, new AbortController().signal),
    { code: 64 },
  );
});
