import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';

import { takeApart } from '../../src/system/devlog-logger.ts';
import { isStreamSocket } from '../../src/system/devlog-stream.ts';
import { openDevLog } from '../../src/system/devlog.ts';
import { libc } from '../../src/system/libc.ts';
import { isInstalled } from './installed.ts';
import { shortFolder } from './short-folder.ts';
import { bindUnixDatagrams } from './unix-datagrams.ts';

const options = { skip: libc === null ? 'no node:ffi' : false };
const line = '<30>Jan  2 03:04:05 portico[12]: hello';
const bytes = Buffer.from(line);

t.test('sends datagrams, and again after the log daemon was away', options, async (t) => {
  const path = join(shortFolder(t), 'log');
  const log = openDevLog(path);
  t.equal(log.send(bytes), 'down', 'nobody is there yet');
  const first = bindUnixDatagrams(t, path);
  t.equal(log.send(bytes), 'sent');
  t.equal(await first.receive(), line);
  first.close();
  t.equal(log.send(bytes), 'down', 'the socket is a dead file');
  rmSync(path);
  t.equal(log.send(bytes), 'down', 'and now none');
  const second = bindUnixDatagrams(t, path);
  t.equal(log.send(bytes), 'sent');
  t.equal(await second.receive(), line);
  log.close();
});

t.test('a log daemon that was started anew costs no message', options, async (t) => {
  const path = join(shortFolder(t), 'log');
  const first = bindUnixDatagrams(t, path);
  const log = openDevLog(path);
  t.equal(log.send(bytes), 'sent');
  first.close();
  rmSync(path);
  const second = bindUnixDatagrams(t, path);
  t.equal(log.send(bytes), 'sent');
  t.equal(await second.receive(), line);
  log.close();
});

t.test('says full, and goes on when there is room', options, async (t) => {
  const path = join(shortFolder(t), 'log');
  const daemon = bindUnixDatagrams(t, path);
  const log = openDevLog(path);
  let result = log.send(bytes);
  for (let i = 0; i < 100_000 && result === 'sent'; i++) result = log.send(bytes);
  t.equal(result, 'full');
  t.equal(await daemon.receive(), line);
  t.equal(log.send(bytes), 'sent');
  t.equal(log.send(Buffer.alloc(10 * 1024 * 1024)), 'full', 'more than a datagram holds');
  t.equal(await daemon.receive(), line);
  log.close();
});

for (const title of ['with', 'without'] as const)
  t.test(`a stream socket takes lines: ${title} node:ffi`, options, async (t) => {
    const path = join(shortFolder(t), 'log');
    const daemon = net.createServer().listen(path);
    await once(daemon, 'listening');
    t.equal(isStreamSocket(path), true);
    const connected = once(daemon, 'connection') as Promise<[net.Socket]>;
    if (title === 'with') {
      const log = openDevLog(path);
      t.equal(log.send(bytes), 'sent');
      t.equal(log.send(bytes), 'sent');
      t.teardown(() => log.close());
    } else sendElsewhere(path, line, 2);
    const [socket] = await connected;
    let heard = '';
    for await (const chunk of socket) {
      heard += String(chunk);
      if (heard.length >= 2 * (line.length + 1)) break;
    }
    t.equal(heard, `${line}\n${line}\n`);
    daemon.close();
  });

t.test(
  'without node:ffi, logger(1) carries datagrams',
  { skip: libc === null || !isInstalled('logger') ? 'no logger' : false },
  async (t) => {
    const path = join(shortFolder(t), 'log');
    const daemon = bindUnixDatagrams(t, path);
    t.equal(isStreamSocket(path), false);
    sendElsewhere(path, line, 1);
    t.match(await daemon.receive(), /^<30>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d portico\[\d+\]: hello$/);
  },
);

t.test('a message is taken apart for logger(1)', (t) => {
  const cases: [string, ReturnType<typeof takeApart>][] = [
    ['<30>Jan  2 03:04:05 portico[12]: hello', { priority: 30, tag: 'portico', text: 'hello' }],
    ['<191>Oct 12 23:59:59 host.example my-name: a: b', { priority: 191, tag: 'my-name', text: 'a: b' }],
    ['<30>Jan  2 03:04:05 portico[12]: two\nlines\r\n', { priority: 30, tag: 'portico', text: 'two lines' }],
    [
      '<30>1 2026-01-01T00:00:00Z h p 1 - - x',
      { priority: 30, tag: 'portico', text: '1 2026-01-01T00:00:00Z h p 1 - - x' },
    ],
    ['no priority', { priority: 13, tag: 'portico', text: 'no priority' }],
    ['<30>Jan  2 03:04:05 -x: hello', { priority: 30, tag: 'portico', text: 'Jan  2 03:04:05 -x: hello' }],
    ['', { priority: 13, tag: 'portico', text: '' }],
  ];
  for (const [message, expected] of cases) t.strictSame(takeApart(message), expected, message);
  t.end();
});

/** From a process without node:ffi, which ends by itself. */
function sendElsewhere(path: string, text: string, times: number): void {
  const program = `
    const { openDevLog } = await import(${JSON.stringify(import.meta.resolve('../../src/system/devlog.ts'))});
    const log = openDevLog(${JSON.stringify(path)});
    for (let i = 0; i < ${times}; i++) if (log.send(Buffer.from(${JSON.stringify(text)})) !== 'sent') process.exit(1);
    setTimeout(() => log.close(), 500);`;
  const env = { ...process.env, PORTICO_NO_FFI: '1' };
  spawn(process.execPath, ['--input-type=module', '-e', program], { env, stdio: 'inherit' });
}
