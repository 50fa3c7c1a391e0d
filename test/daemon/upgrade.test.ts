import fs from 'node:fs';
import net, { BoundSocket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import t, { type Test } from 'tap';

import { libc } from '../../src/system/libc.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { shortFolder } from '../system/short-folder.ts';
import { childrenOf, descriptorsOf, hasProc } from './processes.ts';
import { connectError, echo, exchange, ping, sendTo, storm, visit } from './talk.ts';

if (libc === null) t.plan(0, 'an upgrade in place needs node:ffi');

const root = fileURLToPath(new URL('../..', import.meta.url));

/** SIGUSR2, and the next program has its services up. */
async function upgrade(daemon: TestDaemon): Promise<void> {
  const { generation } = await daemon.status();
  daemon.signal('SIGUSR2');
  await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === generation + 1);
}

/** A copy of the program that a test may change. */
function copyProgram(t: Test): string {
  const folder = shortFolder(t);
  fs.chmodSync(folder, 0o755);
  for (const name of ['bin', 'src', 'package.json'])
    fs.cpSync(join(root, name), join(folder, name), { recursive: true });
  fs.symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

t.test('an upgrade costs no session', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo: { listen: [tcp://127.0.0.1:0, unix:echo.sock] }
  chat: { listen: tcp://127.0.0.1:0 }
`,
  );
  const before = await daemon.status();
  const port = await daemon.port('echo');
  const old = await visit(t, port);
  await exchange(old, 'before');
  const alice = await visit(t, await daemon.port('chat'));
  await alice.write('alice\nhello?\n');
  await alice.bytes('* Welcome.\r\n* What is your nickname?\r\n* alice joined lobby\r\n'.length);

  t.test('portico upgrade: the same process, the next program', async (t) => {
    const { code, stdout, stderr } = await daemon.command('upgrade');
    t.equal(stderr, '');
    t.equal(code, 0);
    t.equal(stdout, `upgraded to 0.1.0, pid ${daemon.pid}\n`);
    const after = await daemon.status();
    t.match(after, { pid: daemon.pid, generation: 2, state: 'running', started: before.started });
    t.same(
      after.services.map(({ listeners }) => listeners),
      before.services.map(({ listeners }) => listeners),
      'ports stay',
    );
    t.same(
      after.workers.map(({ generation, sessions, pid }) => [generation, sessions, pid === before.workers[0]?.pid]),
      [
        [1, 2, true],
        [2, 0, false],
      ],
    );
  });
  t.test('an open session goes on in its worker, new ones begin in the next', async (t) => {
    const fresh = await visit(t, port);
    t.equal(await exchange(fresh, 'new'), 'new');
    t.equal(await exchange(old, 'old'), 'old');
    t.same(
      (await daemon.sessions()).map(({ service, state }) => [service, state]),
      [
        ['echo', 'draining'],
        ['chat', 'draining'],
        ['echo', 'active'],
      ],
    );
    t.match((await daemon.status()).services[0], { sessions: { active: 2, total: 2 } });
    fresh.end();
    t.equal((await fresh.rest()).toString(), '');
  });
  t.test('a unix socket goes on as well', async (t) => {
    const socket = net.connect(join(daemon.folder, 'echo.sock'));
    socket.end('hello');
    t.equal(Buffer.concat((await socket.toArray()) as Buffer[]).toString(), 'hello');
  });
  t.test('a chat is one across it', async (t) => {
    const bob = await visit(t, await daemon.port('chat'));
    await bob.write('ALICE\nbob\n');
    const greeting = '* Welcome.\r\n* What is your nickname?\r\n';
    t.equal((await bob.bytes(greeting.length)).toString(), greeting);
    t.match((await bob.bytes(1)).toString(), '!', 'the name is taken, by one in the old worker');
    await alice.bytes('* bob joined lobby\r\n'.length);
    await alice.write('welcome\n');
    await until(t, bob, /<alice> welcome\r\n/);
    await bob.write('thank you\n');
    await until(t, alice, /<bob> thank you\r\n/);
  });
  t.test('once more', async (t) => {
    await upgrade(daemon);
    t.match(await daemon.status(), { pid: daemon.pid, generation: 3 });
    t.equal(await exchange(old, 'two programs later'), 'two programs later');
    t.equal(await echo(port, 'new'), 'new');
  });
  t.test('a session of an old worker can be kicked', async (t) => {
    const id = (await daemon.sessions()).find(({ peer }) => peer === `127.0.0.1:${old.port}`)?.id ?? '';
    t.equal((await daemon.command('kick', id)).code, 0);
    t.equal((await old.rest()).toString(), '');
    t.match(await daemon.line((line) => line.event === 'session.end' && line['session'] === id), { reason: 'kick' });
  });
  t.test('a stop drains the old workers too', async (t) => {
    daemon.signal('SIGTERM');
    await daemon.line((line) => line.event === 'daemon.stop');
    while ((await connectError(port)) !== 'ECONNREFUSED');
    alice.end();
    await alice.rest();
    daemon.signal('SIGTERM');
    t.same(await daemon.exited, { code: 0, signal: null });
    t.notOk(fs.existsSync(join(daemon.folder, 'echo.sock')));
  });
});

for (const workers of [1, 2]) {
  t.test(`three upgrades under load, ${workers} workers`, async (t) => {
    const daemon = await startDaemon(
      t,
      `daemon: { workers: ${workers} }
services: { echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] } }
`,
    );
    const upgrades = async (): Promise<void> => {
      for (let number = 1; number <= 3; number++) await upgrade(daemon);
    };
    const [port, udpPort] = [await daemon.port('echo'), await daemon.port('echo', 1)];
    const peer = await sendTo(t, udpPort);
    const done = upgrades();
    const [counts, datagrams] = await Promise.all([storm(port, { until: done }), ping(peer, done)]);
    t.same(counts.refused, {}, 'no connection was refused');
    t.equal(counts.cut, 0, 'none was cut');
    t.ok(counts.answered > 100, `${counts.answered} connections`);
    t.ok(datagrams > 10, `${datagrams} datagrams, all answered`);
    t.equal((await daemon.status()).generation, 4);
    await retired(daemon, 3 * workers);
    t.same((await daemon.status()).services[0]?.sessions, { active: 0, total: counts.answered, refused: 0 });
  });
}

t.test('nothing is left of the programs before', { skip: hasProc ? false : 'no /proc here' }, async (t) => {
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
logging: { outputs: [console, file: ./portico.log] }
services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0, unix:echo.sock] }
  gone: { type: echo, listen: tcp://127.0.0.1:0 }
`,
  );
  const [pid, gone] = [await daemon.workerPid(), await daemon.port('gone')];
  // Node itself has some open now and then.
  const held = (holder: number): string[] =>
    descriptorsOf(holder).filter((name) => name === 'socket:' || name.startsWith(daemon.folder));
  const [master, worker] = [held(daemon.pid), held(pid)];
  for (const round of [1, 2, 3]) {
    await upgrade(daemon);
    // The services', the admin's, the registry's.
    await retired(daemon, 3 * round);
  }
  t.same(
    childrenOf(daemon.pid).map(({ state }) => state === 'Z'),
    [false, false, false],
    'the workers of now, and no zombies',
  );
  t.notOk(fs.existsSync(`/proc/${pid}`));
  // A control connection that was just answered is closed in a moment.
  while (held(daemon.pid).length > master.length) await nextTurn();
  const next = await daemon.workerPid();
  while (held(next).length > worker.length) await nextTurn();
  t.pass('no descriptor');
  await daemon.change('services: { echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0, unix:echo.sock] } }\n');
  await retired(daemon, 12);
  t.equal(await connectError(gone), 'ECONNREFUSED', 'nobody holds on to a socket that is not wanted any more');
  t.same(fs.readdirSync(join(daemon.folder, 'var')).sort(), ['acme', 'portico.sock', 'services', 'store']);
});

t.test('counts do not go backwards', async (t) => {
  const daemon = await startDaemon(
    t,
    'admin: { listen: tcp://127.0.0.1:0 }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n',
  );
  const port = await daemon.port('echo');
  const admin = (await daemon.status()).admin ?? '';
  const read = async (name: string): Promise<number> => {
    const text = await (await fetch(`${admin.replace('tcp', 'http')}/metrics`)).text();
    return Number(new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 'NaN');
  };
  const names = [
    'portico_sessions_total{service="echo"}',
    'portico_bytes_total{service="echo",direction="in"}',
    'portico_session_seconds_count{service="echo"}',
    'portico_worker_restarts_total',
    'portico_config_generation',
  ];
  const figures = async (): Promise<number[]> => Promise.all(names.map(read));
  await echo(port, 'hello');
  await daemon.line((line) => line.event === 'session.end');
  await daemon.status();
  const exited = daemon.line((line) => line.event === 'worker.exit');
  process.kill(await daemon.workerPid(), 'SIGKILL');
  await exited;
  await echo(port, 'again');
  let ends = 0;
  await daemon.line((line) => line.event === 'session.end' && ++ends === 2);
  t.same(await figures(), [2, 10, 2, 1, 1]);
  await upgrade(daemon);
  t.same(await figures(), [2, 10, 2, 1, 2]);
  await retired(daemon, 2);
  t.same(await figures(), [2, 10, 2, 1, 2]);
  await upgrade(daemon);
  await retired(daemon, 4);
  t.same(await figures(), [2, 10, 2, 1, 3]);
});

t.test('the next program is watched like the first', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  await upgrade(daemon);
  const pid = await daemon.workerPid();
  process.kill(pid, 'SIGKILL');
  t.match(await daemon.line((line) => line.event === 'worker.exit' && line['worker'] === pid), { exit: 'SIGKILL' });
  const port = await daemon.port('echo');
  t.equal(await echo(port, 'replaced'), 'replaced');
  await daemon.change('services: { echo: { listen: tcp://127.0.0.1:0, banner: changed } }\n');
  t.equal(await daemon.port('echo'), port);
  t.equal(await echo(port, 'reloaded'), 'reloaded');
});

t.test('sockets of systemd stay ours', async (t) => {
  const stream = new BoundSocket({ host: '127.0.0.1', port: 0 });
  t.teardown(() => stream.close());
  const { port } = stream.address();
  const daemon = await startDaemon(t, 'services: { web: { type: echo, listen: socket:web } }\n', {
    inherit: [stream.fd()],
    env: { LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' },
    launcher: ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
  });
  for (const round of ['first', 'second']) {
    await upgrade(daemon);
    t.equal(await echo(port, round), round);
    t.match((await daemon.status()).services[0]?.listeners, [{ address: `tcp://127.0.0.1:${port}` }]);
  }
});

t.test('what does not work is not upgraded to', async (t) => {
  const config = 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n';
  const program = copyProgram(t);
  const daemon = await startDaemon(t, config, { program: join(program, 'bin/portico.js') });
  const [port, pid] = [await daemon.port('echo'), await daemon.workerPid()];
  const peer = await visit(t, port);
  await exchange(peer, 'before');
  const stays = async (t: Test): Promise<void> => {
    t.equal(await exchange(peer, 'as it was'), 'as it was');
    t.equal(await echo(port, 'for others too'), 'for others too');
    t.match(await daemon.status(), { generation: 1, state: 'running', version: '0.1.0', workers: [{ pid }] });
  };

  t.test('a configuration with mistakes', async (t) => {
    daemon.write('services: { echo: { listen: tcp://127.0.0.1:0, idle: 5m } }\n');
    const { code, stderr } = await daemon.command('upgrade');
    t.equal(code, 78);
    t.match(stderr, /daemon\.config\.yaml:1:48: services\.echo\.idle: unknown key/);
    await stays(t);
    daemon.write(config);
  });
  t.test('a program that does not start', async (t) => {
    const main = join(program, 'src/main.ts');
    const text = fs.readFileSync(main, 'utf8');
    fs.writeFileSync(main, 'this is no program');
    const { code, stderr } = await daemon.command('upgrade');
    t.equal(code, 70);
    t.match(stderr, /^portico: the program on disk does not start: /);
    await stays(t);

    daemon.signal('SIGUSR2');
    let failures = 0;
    const third = await daemon.line((line) => line.event === 'upgrade.failed' && ++failures === 3);
    t.match(third, { severity: 'err', reason: /^the program on disk does not start/ });
    await stays(t);
    fs.writeFileSync(main, text);
  });
  t.test('once it works, it is the one on disk', async (t) => {
    const manifest = join(program, 'package.json');
    fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace('"version": "0.1.0"', '"version": "0.2.0"'));
    t.same(await daemon.command('upgrade'), {
      code: 0,
      stdout: `upgraded to 0.2.0, pid ${daemon.pid}\n`,
      stderr: '',
    });
    t.match(await daemon.status(), { generation: 2, version: '0.2.0' });
    t.equal(await exchange(peer, 'through it all'), 'through it all');
  });
  t.test('nor while it stops', async (t) => {
    daemon.signal('SIGTERM');
    await daemon.line((line) => line.event === 'daemon.stop');
    const { code, stderr } = await daemon.command('upgrade');
    t.equal(code, 70);
    t.match(stderr, 'the daemon is stopping');
    peer.end();
    t.same(await daemon.exited, { code: 0, signal: null });
  });
});

/** Waits until so many workers have ended because they were told to, since the start. */
async function retired(daemon: TestDaemon, count: number): Promise<void> {
  let seen = 0;
  await daemon.line((line) => line.event === 'worker.retired' && ++seen === count);
}

/** Reads until what came matches. */
async function until(t: Test, peer: Awaited<ReturnType<typeof visit>>, pattern: RegExp): Promise<void> {
  let text = '';
  while (!pattern.test(text)) text += (await peer.bytes(1)).toString('latin1');
  t.match(text, pattern);
}
