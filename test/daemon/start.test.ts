import fs from 'node:fs';
import net, { BoundSocket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Status } from '../../src/contract/control.ts';
import { libc } from '../../src/system/libc.ts';
import { bindDatagram, localAddress } from '../../src/system/sockets.ts';
import { findUser } from '../../src/system/users.ts';
import { launchDaemon, runPortico, startDaemon } from '../support/daemon.ts';
import { canRunAs } from './privileges.ts';
import { connectError, echo, exchange, sendTo, visit } from './talk.ts';
import { shortFolder } from '../system/short-folder.ts';
import { bindUnixDatagrams } from '../system/unix-datagrams.ts';

const needsFfi = { skip: libc === null ? 'no node:ffi' : false };
const hasIPv6 = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));

t.test('a fresh daemon', async (t) => {
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
services:
  echo: { listen: tcp://127.0.0.1:0 }
  quiet: { type: discard, listen: udp://127.0.0.1:0, isolate: true }
  off: { type: echo, listen: tcp://127.0.0.1:0, enabled: false }
`,
  );
  const { started, workers, services, admin } = await daemon.status();
  const echoAddress = services[0]?.listeners[0]?.address ?? '';
  const quietAddress = services[1]?.listeners[0]?.address ?? '';

  t.test('prints what is served where, with a command to try', async (t) => {
    const table = await daemon.says(/curl/);
    const [, echoPort] = /^tcp:\/\/127\.0\.0\.1:(\d+)$/.exec(echoAddress) ?? [];
    const lines = table
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    t.same(lines[0], ['SERVICE', 'ADDRESS', 'TRY']);
    t.same(lines[1]?.slice(0, 2), ['echo', echoAddress]);
    t.match(lines[1]?.[2], new RegExp(`\\b${echoPort}\\b`));
    t.same(lines[2]?.slice(0, 2), ['quiet', quietAddress]);
    t.same(lines[3], ['admin', admin, `curl ${admin?.replace('tcp', 'http')}/api/status`]);
    t.equal(lines.length, 4, 'a service that is not enabled is not in it');
  });

  t.test('status --json has the shape that was promised', async (t) => {
    const { code, stdout, stderr } = await daemon.command('status', '--json');
    t.equal(stderr, '');
    t.equal(code, 0);
    const status = JSON.parse(stdout) as Status;
    for (const worker of status.workers) t.ok(worker.rss > 10_000_000 && worker.rss < 1_000_000_000, 'rss in bytes');
    t.equal(new Date(status.started).toISOString(), status.started);
    t.strictSame(
      { ...status, workers: status.workers.map((worker) => ({ ...worker, rss: 1 })) },
      {
        name: 'portico',
        version: '0.1.0',
        pid: daemon.pid,
        started,
        generation: 1,
        state: 'running',
        config: daemon.file,
        admin,
        workers: [
          { pool: 'main', pid: workers[0]?.pid, generation: 1, sessions: 0, rss: 1, restarts: 0 },
          { pool: 'quiet', pid: workers[1]?.pid, generation: 1, sessions: 0, rss: 1, restarts: 0 },
        ],
        services: [
          {
            name: 'echo',
            type: 'echo',
            state: 'up',
            pool: 'main',
            listeners: [{ address: echoAddress }],
            sessions: { active: 0, total: 0, refused: 0 },
            bytes: { in: 0, out: 0 },
            error: null,
          },
          {
            name: 'quiet',
            type: 'discard',
            state: 'up',
            pool: 'quiet',
            listeners: [{ address: quietAddress }],
            sessions: { active: 0, total: 0, refused: 0 },
            bytes: { in: 0, out: 0 },
            error: null,
          },
          {
            name: 'off',
            type: 'echo',
            state: 'disabled',
            pool: 'main',
            listeners: [],
            sessions: { active: 0, total: 0, refused: 0 },
            bytes: { in: 0, out: 0 },
            error: null,
          },
        ],
        deliveries: [],
      },
    );
  });

  t.test('the control socket is the owner’s alone', async (t) => {
    t.equal(fs.statSync(join(daemon.folder, 'var/portico.sock')).mode & 0o777, 0o600);
  });

  t.test('another user’s commands are 77', canRunAs('nobody'), async (t) => {
    const nobody = findUser('nobody');
    for (const name of ['stop', 'status', 'reload']) {
      const { code, stderr } = await runPortico([name, '-c', daemon.file], {
        uid: nobody?.uid ?? -1,
        gid: nobody?.gid ?? -1,
      });
      t.equal(code, 77, name);
      t.match(stderr, /^portico: permission denied: .*portico\.sock belongs to another user\n$/);
    }
    t.equal((await daemon.status()).state, 'running');
  });

  t.test('a second daemon on its runtime folder is 69, and changes nothing', async (t) => {
    const { code, stderr } = await daemon.command('run');
    t.equal(code, 69);
    t.match(stderr, /portico: a daemon is running already: .*portico\.sock: another program listens there\n/);
    t.equal(await echo(await daemon.port('echo'), 'still there'), 'still there');
    t.equal((await daemon.command('status')).code, 0);
  });

  t.test('its log says which services came up, and then that the configuration is in force', async (t) => {
    const events = daemon.lines.map((line) => line.event);
    t.same(
      daemon.lines.filter((line) => line.event === 'service.up').map((line) => line['service']),
      ['echo', 'quiet'],
    );
    t.equal(events.filter((event) => event === 'worker.start').length, 4, 'admin and registry have their own');
    t.ok(events.indexOf('config.loaded') > events.lastIndexOf('service.up'));
  });

  t.test('ends with 0', async (t) => {
    t.same(await daemon.command('stop', '--wait', '30s'), { code: 0, stdout: 'stopped\n', stderr: '' });
    t.same(await daemon.exited, { code: 0, signal: null });
    t.notOk(fs.existsSync(join(daemon.folder, 'var/portico.sock')));
  });
});

t.test('without a daemon', async (t) => {
  const folder = shortFolder(t);
  const file = join(folder, 'daemon.config.yaml');
  fs.writeFileSync(file, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  for (const words of [['status'], ['sessions'], ['reload'], ['upgrade'], ['stop'], ['kick', 'abcdefghijkl']]) {
    t.test(`${words[0]} is 3`, async (t) => {
      const { code, stdout, stderr } = await runPortico([...words, '-c', file]);
      t.equal(code, 3);
      t.equal(stdout, '');
      t.match(stderr, /^portico: the daemon is not running/);
    });
  }
  t.test('run with an option that does not exist is 64', async (t) => {
    t.equal((await runPortico(['run', '--daemonize', '-c', file])).code, 64);
  });
  t.test('run without a configuration is 78', async (t) => {
    t.equal((await runPortico(['run', '-c', join(folder, 'missing.yaml')])).code, 78);
  });
});

t.test('mistakes end the start with 78, all of them at once', async (t) => {
  const daemon = launchDaemon(
    t,
    `services:
  echo:
    listen: tcp://127.0.0.1:0
    bannner: hello
  quiet:
    type: discard
    listen: tcp://127.0.0.1:99999
    limits: { idle: 5 minutes }
`,
  );
  t.same(await daemon.exited, { code: 78, signal: null });
  const text = daemon.lines.map((line) => String(line['text'])).join('\n');
  t.match(text, /daemon\.config\.yaml:4:5: services\.echo\.bannner: .*banner/);
  t.match(text, /daemon\.config\.yaml:7:13: services\.quiet\.listen: /);
  t.match(text, /daemon\.config\.yaml:8:21: services\.quiet\.limits\.idle: expected a duration .*"5 minutes"/);
  t.match(text, /\n {3}3 \| {5}listen: tcp:\/\/127\.0\.0\.1:0\n > 4 \| {5}bannner: hello\n {5}\| {5}\^{7}\n/);
  t.equal(daemon.stdout(), '');
});

t.test('what portico check warns of stands in the log', async (t) => {
  const pop3 = 'pop3: { listen: tcp://127.0.0.1:0 }';
  const drop = 'drop: { type: echo, listen: tcp://127.0.0.1:0, deliver: [archive] }';
  const config = (services: readonly string[]): string => `deliveries: { archive: { type: directory, path: ./archive } }
services:
  ${services.join('\n  ')}
`;
  const daemon = await startDaemon(t, config([pop3, drop]));
  const last = await daemon.line(({ event, reason }) => event === 'config.remark' && /drop/.test(String(reason)));
  const { stdout } = await daemon.command('check', '--json');
  const { warnings } = JSON.parse(stdout) as { warnings: readonly string[] };
  const remarks = (): unknown[] =>
    daemon.lines.filter(({ event }) => event === 'config.remark').map(({ reason }) => reason);
  t.same(remarks(), warnings);
  t.match(warnings, [/^services\.pop3: nobody can log in/, /^services\.drop: .* takes nothing in/]);
  t.equal(last.severity, 'warning');

  await daemon.change(config([drop]));
  await daemon.line(({ event, generation }) => event === 'config.loaded' && generation === 2);
  await daemon.command('status');
  t.same(remarks(), [...warnings, warnings[1]], 'a reload says what is left');
});

t.test('addresses that are taken end the start with 69, all of them at once', async (t) => {
  const [first, second] = [await occupy(t), await occupy(t)];
  const daemon = launchDaemon(
    t,
    `services:
  one: { type: echo, listen: tcp://127.0.0.1:${first} }
  free: { type: echo, listen: tcp://127.0.0.1:0 }
  two: { type: echo, listen: tcp://127.0.0.1:${second} }
`,
  );
  t.same(await daemon.exited, { code: 69, signal: null });
  const text = daemon.lines.map((line) => String(line['text'])).join('\n');
  t.match(text, new RegExp(`service one: tcp://127\\.0\\.0\\.1:${first}: .*EADDRINUSE`));
  t.match(text, new RegExp(`service two: tcp://127\\.0\\.0\\.1:${second}: .*EADDRINUSE`));
  t.notMatch(text, /service free/);
  t.notOk(fs.existsSync(join(daemon.folder, 'var/portico.sock')));
});

t.test('every kind of address', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  both: { type: echo, listen: [tcp://*:0, udp://*:0] }
  named: { type: echo, listen: tcp://localhost:0 }
  path: { type: echo, listen: { address: unix:run/echo.sock, mode: "0620" } }
  six: { type: echo, enabled: ${hasIPv6}, listen: "tcp://[::1]:0" }
`,
  );
  const { services } = await daemon.status();
  const addresses = (name: string): string[] =>
    services.find((service) => service.name === name)?.listeners.map(({ address }) => address) ?? [];

  t.test('* is both families, on one port', { skip: hasIPv6 ? false : 'no IPv6 here' }, async (t) => {
    const [first = '', second = '', ...datagram] = addresses('both');
    const port = Number(first.slice('tcp://0.0.0.0:'.length));
    t.same([first, second], [`tcp://0.0.0.0:${port}`, `tcp://[::]:${port}`]);
    t.equal(await connectError(port, '127.0.0.1'), 'none');
    t.equal(await connectError(port, '::1'), 'none');
    const udp = Number(datagram[0]?.slice('udp://0.0.0.0:'.length));
    t.same(datagram, [`udp://0.0.0.0:${udp}`, `udp://[::]:${udp}`]);
    const peer = await sendTo(t, udp);
    await peer.send('over IPv4');
    t.equal(await peer.receive(), 'over IPv4');
  });
  t.test('a name is every address it resolves to', async (t) => {
    const found = addresses('named');
    t.ok(found.length > 0);
    for (const address of found) t.match(address, /^tcp:\/\/(?:127\.0\.0\.1|\[::1\]):\d+$/);
  });
  t.test('an IPv6 address stands in brackets', { skip: hasIPv6 ? false : 'no IPv6 here' }, async (t) => {
    t.match(addresses('six')[0], /^tcp:\/\/\[::1\]:\d+$/);
  });
  t.test('a unix socket has the mode it was given, and goes with the daemon', async (t) => {
    const path = join(daemon.folder, 'run/echo.sock');
    t.same(addresses('path'), [`unix:${path}`]);
    t.equal(fs.statSync(path).mode & 0o777, 0o620);
    const socket = net.connect(path);
    socket.end('through a file');
    const parts = await socket.toArray();
    t.equal(Buffer.concat(parts as Buffer[]).toString(), 'through a file');
    const { session } = await daemon.line((line) => line.event === 'session.end' && line['service'] === 'path');
    t.match(session, /^[a-z0-9]{12}$/i);
    daemon.signal('SIGTERM');
    t.same(await daemon.exited, { code: 0, signal: null });
    t.notOk(fs.existsSync(path));
  });
});

t.test('sockets that systemd hands over are used by their names', needsFfi, async (t) => {
  const stream = new BoundSocket({ host: '127.0.0.1', port: 0 });
  t.teardown(() => stream.close());
  const datagram = bindDatagram({ host: '127.0.0.1', port: 0 });
  t.teardown(() => fs.closeSync(datagram));
  const { port } = stream.address();
  const udpPort = localAddress(datagram).port;
  const daemon = await startDaemon(
    t,
    `services:
  web: { type: echo, listen: socket:web }
  name-service: { type: echo, listen: "socket:dns" }
`,
    {
      inherit: [stream.fd(), datagram],
      env: { LISTEN_FDS: '2', LISTEN_FDNAMES: 'web:dns' },
      launcher: ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
    },
  );
  const { services } = await daemon.status();
  t.same(
    services.map(({ listeners }) => listeners.map(({ address }) => address)),
    [[`tcp://127.0.0.1:${port}`], [`udp://127.0.0.1:${udpPort}`]],
  );
  t.equal(await echo(port, 'inherited'), 'inherited');
  const peer = await sendTo(t, udpPort);
  await peer.send('inherited as well');
  t.equal(await peer.receive(), 'inherited as well');

  t.test('through reloads too', async (t) => {
    await daemon.change(`services:
  web: { type: echo, banner: changed, listen: socket:web }
  name-service: { type: echo, banner: changed, listen: "socket:dns" }
`);
    t.equal(await echo(port, 'again'), 'again');
    await peer.send('and again');
    t.equal(await peer.receive(), 'and again');
  });
  t.test('one that was not handed over is a failure', async (t) => {
    await t.rejects(daemon.change('services: { web: { type: echo, listen: socket:other } }\n'), {
      code: 69,
      message: /socket:other: no socket of this name was inherited/,
    });
    t.equal(await echo(port, 'still'), 'still');
  });
});

t.test('the service manager is told', needsFfi, async (t) => {
  const path = join(shortFolder(t), 'notify');
  const manager = bindUnixDatagrams(t, path);
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const message = await manager.receive();
      if (pattern.test(message)) return message;
    }
  };
  const daemon = await startDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n', {
    env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '300000' },
  });
  t.equal(await manager.receive(), 'WATCHDOG=1', 'at once: after an upgrade the time of the image before runs on');
  t.equal(await until(/STATUS/), 'STATUS=1 service, generation 1');
  t.equal(await until(/READY/), 'READY=1');
  t.equal(await until(/WATCHDOG/), 'WATCHDOG=1');
  t.equal(await until(/WATCHDOG/), 'WATCHDOG=1');

  daemon.signal('SIGHUP');
  t.match(await until(/RELOADING/), /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
  t.equal(await until(/STATUS/), 'STATUS=1 service, generation 2');
  t.equal(await until(/READY/), 'READY=1');

  // A reload that fails ends as well: the manager must not wait for it.
  daemon.write('services: {}\n');
  daemon.signal('SIGHUP');
  await until(/RELOADING/);
  t.equal(await until(/READY/), 'READY=1');

  daemon.signal('SIGTERM');
  t.equal(await until(/STOPPING/), 'STOPPING=1');
  t.same(await daemon.exited, { code: 0, signal: null });
});

t.test('status --wait', async (t) => {
  const daemon = launchDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  t.test('waits for a daemon that is only starting', async (t) => {
    const { code, stdout } = await daemon.command('status', '--wait', '60s', '--json');
    t.equal(code, 0);
    t.same(
      (JSON.parse(stdout) as Status).services.map(({ state }) => state),
      ['up'],
    );
  });
  t.test('is 1 when a service does not come up in time', async (t) => {
    const failing = await startDaemon(t, 'services: { bad: { type: ./bad.ts, listen: tcp://127.0.0.1:0 } }\n', {
      files: { 'bad.ts': `export default { name: 'bad', create() { throw new Error('not today'); } };` },
    });
    const { code, stdout, stderr } = await failing.command('status', '--wait', '300ms', '--json');
    t.equal(code, 1);
    t.match(stderr, 'not every service is up: bad has failed (not today)');
    t.match((JSON.parse(stdout) as Status).services, [{ name: 'bad', state: 'failed', error: 'not today' }]);
  });
});

t.test('an open session shows in status', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  const peer = await visit(t, await daemon.port('echo'));
  t.equal(await exchange(peer, 'hello'), 'hello');
  const open = await daemon.status();
  t.same(open.services[0]?.sessions, { active: 1, total: 1, refused: 0 });
  t.equal(open.workers[0]?.sessions, 1);
  const [session] = await daemon.sessions();
  t.match(session, {
    id: /^[A-Za-z0-9_-]{12}$/,
    service: 'echo',
    peer: `127.0.0.1:${peer.port}`,
    local: `127.0.0.1:${await daemon.port('echo')}`,
    account: null,
    tls: null,
    bytes: { in: 5, out: 5 },
    state: 'active',
  });
  peer.end();
  t.equal((await peer.rest()).toString(), '');
  const end = await daemon.line((line) => line.event === 'session.end');
  t.equal(end['session'], session?.id);
  t.same((await daemon.status()).services[0], {
    ...open.services[0],
    sessions: { active: 0, total: 1, refused: 0 },
    bytes: { in: 5, out: 5 },
  });
});

/** A port that another program holds. */
async function occupy(t: Test): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
}
