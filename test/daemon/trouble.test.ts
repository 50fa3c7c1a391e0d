import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type DetailedPeerCertificate } from 'node:tls';

import t, { type Test } from 'tap';

import { libc } from '../../src/system/libc.ts';
import { launchDaemon, startDaemon, type LogLine } from '../support/daemon.ts';
import { dial, type Peer } from '../support/dial.ts';
import { freePort, makeCertificates, needProgram } from '../support/peers.ts';
import { connectError, echo, exchange, listenTo, sendTo, visit } from './talk.ts';

t.test('out of descriptors: who connects waits, and is not refused', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n', {
    launcher: ['/bin/sh', '-c', 'ulimit -n 96 && exec "$@"', 'sh'],
  });
  const port = await daemon.port('echo');
  const pid = await daemon.workerPid();
  const peers = await Promise.all(Array.from({ length: 150 }, () => visit(t, port)));
  t.equal(peers.length, 150, 'all are connected');
  const answers = peers.map(async (peer, index) => {
    await peer.write(`number ${index}`);
    return (await peer.bytes(`number ${index}`.length)).toString();
  });
  await daemon.line((line) => line.event === 'listener.paused');
  t.match(await daemon.status(), { state: 'running', services: [{ state: 'up' }] }, 'the worker still answers');
  // Each that has its answer leaves, and makes room for one that waits.
  await Promise.all(answers.map((answer, index) => answer.then(() => peers[index]?.reset())));
  t.same(
    await Promise.all(answers),
    peers.map((_, index) => `number ${index}`),
    'all are served in the end',
  );
  await daemon.line((line) => line.event === 'listener.resumed');
  t.match(
    daemon.lines.filter((line) => line.event === 'listener.paused'),
    [{ severity: 'warning', reason: 'descriptors' }],
    'one line tells of it',
  );
  t.equal(await echo(port, 'as before'), 'as before');
  t.equal(await daemon.workerPid(), pid);
});

t.test('log outputs that fail stop nothing', async (t) => {
  t.test('a full disk', { skip: fs.existsSync('/dev/full') ? false : 'no /dev/full here' }, async (t) => {
    const daemon = await startDaemon(
      t,
      `logging: { outputs: [console, file: /dev/full] }
services: { echo: { listen: tcp://127.0.0.1:0 } }
`,
    );
    const failed = daemon.line((line) => line.event === 'log.failed' && line['pid'] !== daemon.pid);
    const port = await daemon.port('echo');
    for (let number = 1; number <= 100; number++) await echo(port, `number ${number}`);
    t.match(await failed, { output: '/dev/full', severity: 'err' });
    t.match(JSON.stringify(await failed), /ENOSPC/);
    await daemon.command('stop');
    t.same(await daemon.exited, { code: 0, signal: null });
    const reports = daemon.lines.filter((line) => line.event === 'log.failed').map((line) => line['pid']);
    t.equal(new Set(reports).size, reports.length, 'each process tells once');
    t.equal(daemon.lines.filter((line) => line.event === 'session.end').length, 100, 'the console has every line');
  });
  t.test('a syslog server that is down, and comes up', async (t) => {
    const [tcp, udp] = [await freePort('tcp'), await freePort('udp')];
    const daemon = await startDaemon(
      t,
      `logging:
  outputs:
    - console
    - syslog: tcp://127.0.0.1:${tcp}
    - syslog: udp://127.0.0.1:${udp}
    - syslog: unix:${join(tmpdir(), 'portico-no-such-socket')}
services: { echo: { listen: tcp://127.0.0.1:0 } }
`,
    );
    const failed = daemon.line((line) => line.event === 'log.failed' && /tcp/.test(String(line['output'])));
    t.equal(await echo(await daemon.port('echo'), 'hello'), 'hello');
    t.match(await failed, { output: `tcp://127.0.0.1:${tcp}` });
    await daemon.line((line) => line.event === 'log.failed' && /unix/.test(String(line['output'])));
    const { session } = await daemon.line((line) => line.event === 'session.end');
    // What was said meanwhile was kept for it.
    const server = net.createServer().listen(tcp, '127.0.0.1');
    t.teardown(() => server.close());
    const heard = new Promise((resolve) => {
      let text = '';
      server.on('connection', (socket) => {
        t.teardown(() => socket.destroy());
        socket
          .on('error', () => {})
          .on('data', (chunk) => {
            text += chunk.toString();
            if (new RegExp(` session\\.end \\[.* session="${String(session)}"`).test(text)) resolve(text);
          });
      });
    });
    t.match(await heard, / session\.start \[/);
  });
});

t.test('without node:ffi there is a working daemon', async (t) => {
  const config = (banner: string): string => `services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], banner: ${banner} }
  shout: { type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/tr, a-z, A-Z] }
  path: { type: echo, listen: unix:echo.sock }
`;
  const daemon = await startDaemon(t, config('one'), { env: { PORTICO_NO_FFI: '1' } });
  const ports = [await daemon.port('echo'), await daemon.port('echo', 1), await daemon.port('shout')] as const;
  const peer = await sendTo(t, ports[1]);
  const works = async (t: Test, word: string): Promise<void> => {
    t.equal(await echo(ports[0], word), word);
    await peer.send(word);
    t.equal(await peer.receive(), word);
    const shouter = await visit(t, ports[2]);
    await shouter.write(word);
    shouter.end();
    t.equal((await shouter.rest()).toString(), word.toUpperCase());
    const socket = net.connect(join(daemon.folder, 'echo.sock'));
    socket.end(word);
    t.equal(Buffer.concat((await socket.toArray()) as Buffer[]).toString(), word);
  };
  t.test('serves TCP, UDP, unix sockets and programs', (t) => works(t, 'hello'));
  t.test('reloads; ports stay, sessions go on', async (t) => {
    const old = await visit(t, ports[0]);
    await exchange(old, 'before');
    const pid = await daemon.workerPid();
    await daemon.change(config('two'));
    t.not(await daemon.workerPid(), pid);
    t.same([await daemon.port('echo'), await daemon.port('echo', 1), await daemon.port('shout')], ports);
    t.equal(await exchange(old, 'after'), 'after');
    await works(t, 'reloaded');
    old.end();
    await daemon.line((line) => line.event === 'worker.retired' && line['worker'] === pid);
  });
  t.test('replaces a worker that dies', async (t) => {
    const pid = await daemon.workerPid();
    const restarted = daemon.nextLine((line) => line.event === 'worker.start');
    process.kill(pid, 'SIGKILL');
    await restarted;
    // UDP is bound again by the next worker.
    t.equal((await daemon.command('status', '--wait', '60s')).code, 0);
    await works(t, 'replaced');
  });
  t.test('says that it cannot be upgraded in place', async (t) => {
    const { code, stderr } = await daemon.command('upgrade');
    t.equal(code, 70);
    t.equal(stderr, 'portico: an upgrade in place needs node:ffi; stop and start instead\n');
    await works(t, 'as before');
  });
  t.test('stops', async (t) => {
    daemon.signal('SIGTERM');
    t.same(await daemon.exited, { code: 0, signal: null });
    t.equal(await connectError(ports[0]), 'ECONNREFUSED');
  });
});

t.test('--no-experimental-ffi is the same', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] } }\n', {
    nodeFlags: ['--no-experimental-ffi'],
  });
  t.equal(await echo(await daemon.port('echo'), 'hello'), 'hello');
  const peer = await sendTo(t, await daemon.port('echo', 1));
  await peer.send('hello');
  t.equal(await peer.receive(), 'hello');
  t.equal((await daemon.command('upgrade')).code, 70);
});

t.test('who is refused', async (t) => {
  const minutes = new Date().getHours() * 60 + new Date().getMinutes();
  const clock = (offset: number): string => {
    const minute = (minutes + offset) % 1440;
    return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  };
  const daemon = await startDaemon(
    t,
    `services:
  allowed: { type: echo, listen: tcp://127.0.0.1:0, access: { allow: [127.0.0.0/8], deny: [127.0.0.2] }, banner: go away }
  later: { type: echo, listen: tcp://127.0.0.1:0, access: { hours: ["${clock(120)}-${clock(180)}"] }, banner: come back }
  open: { type: echo, listen: tcp://127.0.0.1:0, access: { hours: ["${clock(1380)}-${clock(60)}"] } }
  one: { type: echo, listen: tcp://127.0.0.1:0, limits: { connections: 1 }, banner: full }
  each: { type: echo, listen: tcp://127.0.0.1:0, limits: { per_source: 1 } }
  slow: { type: echo, listen: tcp://127.0.0.1:0, limits: { rate: 2/1h, pause: 200ms } }
`,
  );
  const refusal = (service: string): Promise<LogLine> =>
    daemon.line((line) => line.event === 'session.refused' && line['service'] === service);
  const from = async (localAddress: string, service: string): Promise<net.Socket> => {
    const socket = net.connect({ host: '127.0.0.1', port: await daemon.port(service), localAddress });
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const answer = async (socket: net.Socket): Promise<string> => {
    socket.end('hello');
    return Buffer.concat((await socket.toArray().catch(() => [])) as Buffer[]).toString();
  };

  t.test('by address: the better match wins', async (t) => {
    t.equal(await answer(await from('127.0.0.3', 'allowed')), 'hello');
    const socket = await from('127.0.0.2', 'allowed');
    const { localPort } = socket;
    t.equal(String((await once(socket, 'data'))[0]), 'go away\r\n');
    t.match(await refusal('allowed'), {
      severity: 'notice',
      reason: 'access',
      peer: `127.0.0.2:${localPort}`,
      local: `127.0.0.1:${await daemon.port('allowed')}`,
    });
  });
  t.test('by the hour', async (t) => {
    t.equal(await listenTo(await daemon.port('later')), 'come back\r\n');
    t.match(await refusal('later'), { reason: 'hours' });
    t.equal(await echo(await daemon.port('open'), 'open now'), 'open now');
  });
  t.test('by the number of connections, of all and of each source', async (t) => {
    const first = await visit(t, await daemon.port('one'));
    await exchange(first, 'first');
    t.equal(await listenTo(await daemon.port('one')), 'full\r\n');
    t.match(await refusal('one'), { reason: 'connections' });

    const other = await visit(t, await daemon.port('each'));
    await exchange(other, 'first');
    t.equal(await answer(await from('127.0.0.4', 'each')), 'hello', 'another source');
    t.equal(await listenTo(await daemon.port('each')).catch(() => ''), '');
    t.match(await refusal('each'), { reason: 'per_source' });
    other.end();
    await other.rest();
    await daemon.line((line) => line.event === 'session.end' && line['service'] === 'each');
    t.equal(await answer(await from('127.0.0.1', 'each')), 'hello', 'there is room again');
  });
  t.test('by the rate, until the pause is over', async (t) => {
    const port = await daemon.port('slow');
    t.equal(await echo(port, '1'), '1');
    t.equal(await echo(port, '2'), '2');
    t.notOk(await isServed(port));
    t.match(await refusal('slow'), { reason: 'rate' });
    while (!(await isServed(port)));
    t.pass('it resumes by itself');
  });
  t.test('status counts them', async (t) => {
    const { services } = await daemon.status();
    t.same(
      services.slice(0, 5).map(({ name, sessions }) => [name, sessions.refused]),
      [
        ['allowed', 1],
        ['later', 1],
        ['open', 0],
        ['one', 1],
        ['each', 1],
      ],
    );
  });
});

t.test('the peer is who a trusted proxy says', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo:
    listen: { address: tcp://127.0.0.1:0, proxy_protocol: [127.0.0.1] }
    access: { deny: [192.0.2.66] }
`,
  );
  const port = await daemon.port('echo');
  const peer = await visit(t, port);
  await peer.write('PROXY TCP4 192.0.2.1 203.0.113.5 5000 80\r\nhello');
  t.equal((await peer.bytes(5)).toString(), 'hello');
  t.match(await daemon.line((line) => line.event === 'session.start'), {
    peer: '192.0.2.1:5000',
    local: '203.0.113.5:80',
  });
  const denied = await visit(t, port);
  await denied.write('PROXY TCP4 192.0.2.66 203.0.113.5 5000 80\r\n');
  t.match(await daemon.line((line) => line.event === 'session.refused'), { peer: '192.0.2.66:5000', reason: 'access' });
  const stranger = await visit(t, port);
  await stranger.write('GET / HTTP/1.1\r\n\r\n');
  t.equal((await stranger.rest().catch(() => '')).toString(), '', 'nothing is served without the header');
});

t.test('a changed certificate is served to the next handshake, without a reload', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = t.testdir({ first: {}, second: {} });
  const before = await makeCertificates(t, openssl, join(folder, 'first'));
  const after = await makeCertificates(t, openssl, join(folder, 'second'));
  const daemon = await startDaemon(
    t,
    `certificates: { default: { cert: ${before.cert}, key: ${before.key} } }
services: { echo: { listen: tls://127.0.0.1:0 } }
`,
  );
  const port = await daemon.port('echo');
  const handshake = async (ca: string): Promise<DetailedPeerCertificate> => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: fs.readFileSync(ca), servername: 'localhost' });
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerCertificate(true);
    socket.destroy();
    return certificate;
  };
  const old = connectTls({ port, host: '127.0.0.1', ca: fs.readFileSync(before.ca), servername: 'localhost' });
  t.teardown(() => old.destroy());
  await once(old, 'secureConnect');
  const { fingerprint256 } = await handshake(before.ca);
  const pid = await daemon.workerPid();

  fs.renameSync(after.key, before.key);
  fs.renameSync(after.cert, before.cert);
  await daemon.line((line) => line.event === 'certificate.renewed');
  t.not((await handshake(after.ca)).fingerprint256, fingerprint256);
  t.equal(await daemon.workerPid(), pid);
  t.equal((await daemon.status()).generation, 1);
  old.write('still here');
  t.equal(String((await once(old, 'data'))[0]), 'still here', 'open sessions go on');

  t.test('half a pair is not served', async (t) => {
    const failed = daemon.nextLine((line) => line.event === 'certificate.failed');
    fs.writeFileSync(before.key, 'no key');
    t.match(await failed, { severity: 'err' });
    t.not((await handshake(after.ca)).fingerprint256, fingerprint256);
  });
});

t.test('what cannot be written in the runtime folder is 77 or 69, and says so', { skip: libc === null }, async (t) => {
  const file = join(t.testdir({ file: 'in the way' }), 'file');
  const daemon = launchDaemon(t, `daemon: { runtime: ${file} }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n`);
  t.match(await daemon.exited, { code: 77, signal: null });
  t.match(daemon.lines[0], { text: /^portico: cannot make the folder .*file: / });
});

/** False when the connection is closed without an answer. */
async function isServed(port: number): Promise<boolean> {
  const peer: Peer = await dial(port);
  try {
    await peer.write('?');
    await peer.bytes(1);
    return true;
  } catch {
    return false;
  } finally {
    peer.socket.destroy();
  }
}
