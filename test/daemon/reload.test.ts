import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { freePort } from '../support/peers.ts';
import { connectError, echo, exchange, ping, sendTo, storm, visit } from './talk.ts';

const greet = (text: string): string => `export default {
  name: 'greet',
  create: () => ({ connection: async ({ stream }) => void stream.write(${JSON.stringify(text)}) }),
};
`;

t.test('a configuration with mistakes changes nothing', async (t) => {
  const config = 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n';
  const daemon = await startDaemon(t, config);
  const [port, pid] = [await daemon.port('echo'), await daemon.workerPid()];
  const peer = await visit(t, port);
  await exchange(peer, 'before');
  const stays = async (t: Test): Promise<void> => {
    t.equal(await exchange(peer, 'as it was'), 'as it was');
    t.equal(await echo(port, 'for others too'), 'for others too');
    t.equal(await daemon.workerPid(), pid);
    t.match(await daemon.status(), { generation: 1, state: 'running', services: [{ name: 'echo' }] });
  };

  t.test('portico reload lists them and is 78', async (t) => {
    daemon.write('services:\n  echo: { listen: tcp://127.0.0.1:0, limits: { idle: soon } }\n  mystery: {}\n');
    const rejected = daemon.nextLine((line) => line.event === 'config.rejected');
    const { code, stdout, stderr } = await daemon.command('reload');
    t.equal(code, 78);
    t.equal(stdout, '');
    t.match(stderr, /daemon\.config\.yaml:2:54: services\.echo\.limits\.idle: expected a duration/);
    t.match(stderr, /daemon\.config\.yaml:3:3: services\.mystery/);
    t.match(stderr, /nothing was changed, the daemon goes on as before\n$/);
    const line = await rejected;
    t.match(line['reason'], /services\.echo\.limits\.idle: expected a duration/);
    t.ok((line['mistakes'] as number) >= 2);
    await stays(t);
  });
  t.test('so does SIGHUP, with a line in the log', async (t) => {
    daemon.write('services: [');
    const rejected = daemon.nextLine((line) => line.event === 'config.rejected');
    daemon.signal('SIGHUP');
    t.equal((await rejected)['severity'], 'err');
    await stays(t);
  });
  t.test('a file that is gone', async (t) => {
    fs.rmSync(daemon.file);
    await t.rejects(daemon.reload(), { name: 'ConfigError' });
    daemon.write(config);
    await stays(t);
  });
  t.test('once it is right again, it is taken', async (t) => {
    t.same(await daemon.command('reload'), { code: 0, stdout: 'reloaded\n', stderr: '' });
    t.match(await daemon.status(), { generation: 2, state: 'running' });
    t.equal(await daemon.workerPid(), pid, 'nothing changed, so nothing was started');
  });
});

t.test('only what changed is started anew', async (t) => {
  const config = (echoBanner: string, more = ''): string => `services:
  echo: { listen: tcp://127.0.0.1:0, banner: ${echoBanner} }
  apart: { type: echo, listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], isolate: true }
${more}`;
  const daemon = await startDaemon(
    t,
    config('one', '  gone: { type: echo, listen: tcp://127.0.0.1:0, isolate: true }\n'),
  );
  const ports = { echo: await daemon.port('echo'), apart: await daemon.port('apart'), gone: await daemon.port('gone') };
  const pids = { main: await daemon.workerPid(), apart: await daemon.workerPid('apart') };
  const old = await visit(t, ports.echo);
  t.equal(await exchange(old, 'hello'), 'hello');

  const retired = daemon.nextLine((line) => line.event === 'worker.retired' && line['pool'] === 'gone');
  await daemon.change(config('two'));
  await retired;

  t.test('the generation counts', async (t) => {
    const { generation, workers } = await daemon.status();
    t.equal(generation, 2);
    t.same(
      workers.map((worker) => [worker.pool, worker.generation, worker.sessions]),
      [
        ['main', 1, 1],
        ['apart', 1, 0],
        ['main', 2, 0],
      ],
    );
    const { generation: logged } = await daemon.line((l) => l.event === 'config.loaded' && l['generation'] === 2);
    t.equal(logged, 2);
  });
  t.test('a pool that did not change keeps its worker', async (t) => {
    t.equal(await daemon.workerPid('apart'), pids.apart);
    t.not(await daemon.workerPid(), pids.main);
  });
  t.test('ports given for 0 stay the same', async (t) => {
    t.equal(await daemon.port('echo'), ports.echo);
    t.equal(await daemon.port('apart'), ports.apart);
  });
  t.test('the old session goes on in the old worker, new ones begin in the new', async (t) => {
    const fresh = await visit(t, ports.echo);
    t.equal(await exchange(fresh, 'new'), 'new');
    t.equal(await exchange(old, 'old'), 'old');
    t.same(
      (await daemon.sessions()).map((session) => [session.peer, session.state]),
      [
        [`127.0.0.1:${old.port}`, 'draining'],
        [`127.0.0.1:${fresh.port}`, 'active'],
      ],
    );
    t.same((await daemon.status()).services[0]?.sessions, { active: 2, total: 2, refused: 0 });
  });
  t.test('after its last session the old worker ends', async (t) => {
    old.end();
    t.equal((await old.rest()).toString(), '');
    const line = await daemon.line((entry) => entry.event === 'worker.retired' && entry['worker'] === pids.main);
    t.match(line, { generation: 1, exit: 'status 0' });
    const isOurs = (entry: LogLine): boolean => entry['peer'] === `127.0.0.1:${old.port}`;
    const ended = await daemon.line((entry) => entry.event === 'session.end' && isOurs(entry));
    t.match(ended, { reason: 'end', bytes: { in: 8, out: 8 } });
  });
  t.test('the port of a service that is gone refuses', async (t) => {
    t.equal(await connectError(ports.gone), 'ECONNREFUSED');
    t.notOk((await daemon.status()).services.some(({ name }) => name === 'gone'));
  });
  t.test('a service that is new is served, one that is not enabled no more is not', async (t) => {
    const left = daemon.nextLine((line) => line.event === 'worker.retired' && line['pool'] === 'apart');
    await daemon.change(`services:
  echo: { listen: tcp://127.0.0.1:0, banner: two }
  apart: { type: echo, listen: tcp://127.0.0.1:0, isolate: true, enabled: false }
  new: { type: echo, listen: tcp://127.0.0.1:0 }
`);
    t.equal(await echo(await daemon.port('new'), 'welcome'), 'welcome');
    await left;
    t.equal(await connectError(ports.apart), 'ECONNREFUSED');
    t.match((await daemon.status()).services[1], { name: 'apart', state: 'disabled', listeners: [] });
  });
});

t.test('a reload happens whole or not at all', async (t) => {
  const config = 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n';
  const daemon = await startDaemon(t, config);
  const [port, pid] = [await daemon.port('echo'), await daemon.workerPid()];
  const stays = async (t: Test): Promise<void> => {
    t.equal(await echo(port, 'as it was'), 'as it was');
    t.equal(await daemon.workerPid(), pid);
    const { workers, services, generation, state } = await daemon.status();
    t.same([workers.length, services.length, generation, state], [1, 1, 1, 'running']);
  };

  t.test('an address that is taken: nothing is bound, nothing changes, 69', async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    t.teardown(() => other.close());
    const taken = (other.address() as net.AddressInfo).port;
    const free = await freePort('tcp');
    daemon.write(`services:
  echo: { listen: tcp://127.0.0.1:0, banner: changed }
  free: { type: echo, listen: tcp://127.0.0.1:${free} }
  taken: { type: echo, listen: tcp://127.0.0.1:${taken} }
`);
    const { code, stderr } = await daemon.command('reload');
    t.equal(code, 69);
    t.match(stderr, new RegExp(`service taken: tcp://127\\.0\\.0\\.1:${taken}: .*EADDRINUSE`));
    t.match(stderr, /\nnothing was changed, the daemon goes on as before\n$/);
    t.equal(await connectError(free), 'ECONNREFUSED');
    await stays(t);
  });
  for (const [what, module, reason] of [
    ['throws at create', `export default { name: 'bad', create() { throw new Error('not today'); } };`, /not today/],
    ['does not parse', 'export default {', /cannot load .*bad\.ts/],
    ['has no create', 'export default { name: "bad" };', /expected a default export with a function "create"/],
    ['throws at import', 'throw new Error("no import");', /cannot load .*bad\.ts:1: no import/],
    ['ends the process', 'process.exit(3);', /the worker ended while the service was starting \(status 3\)/],
  ] as const) {
    t.test(`a module that ${what}`, async (t) => {
      daemon.put('bad.ts', module);
      const free = await freePort('tcp');
      daemon.write(`services:
  echo: { listen: tcp://127.0.0.1:0, banner: changed }
  bad: { type: ./bad.ts, listen: tcp://127.0.0.1:${free} }
`);
      const rejected = daemon.line((l) => l.event === 'config.rejected' && reason.test(String(l['reason'])));
      const retired = daemon.nextLine((line) => line.event === 'worker.retired');
      const { code, stderr } = await daemon.command('reload');
      t.equal(code, 78);
      t.match(stderr, /service bad: /);
      t.match(stderr, reason);
      await rejected;
      await retired;
      t.equal(await connectError(free), 'ECONNREFUSED');
      await stays(t);
    });
  }
});

t.test('a module is loaded anew by every reload', async (t) => {
  const config = 'services: { greet: { type: ./greet.ts, listen: tcp://127.0.0.1:0 } }\n';
  const daemon = await startDaemon(t, config, { files: { 'greet.ts': greet('first') } });
  const port = await daemon.port('greet');
  const say = async (): Promise<string> => (await (await visit(t, port)).rest()).toString();
  t.equal(await say(), 'first');
  daemon.put('greet.ts', greet('second'));
  await daemon.reload();
  t.equal(await say(), 'second');
});

t.test('logging can change while it runs', async (t) => {
  const config = (logging: string): string =>
    `logging: ${logging}\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n`;
  const daemon = await startDaemon(t, config('{ level: notice }'));
  await echo(await daemon.port('echo'), 'unheard');
  await daemon.change(config('{ level: info, outputs: [console, file: ./log/portico.log] }'));
  t.equal(daemon.lines.filter((line) => line.event === 'session.start').length, 0);
  await echo(await daemon.port('echo'), 'heard');
  const end = await daemon.line((line) => line.event === 'session.end');
  daemon.signal('SIGTERM');
  await daemon.exited;
  const written = fs.readFileSync(join(daemon.folder, 'log/portico.log'), 'utf8').trimEnd().split('\n');
  const events = written.map((line) => JSON.parse(line) as { event?: string; session?: string });
  t.ok(
    events.some(({ event, session }) => event === 'session.end' && session === end['session']),
    'of the worker',
  );
  t.ok(
    events.some(({ event }) => event === 'daemon.stop'),
    'and of the master',
  );
});

for (const workers of [1, 2]) {
  t.test(`ten reloads under load, ${workers} workers`, async (t) => {
    const config = (banner: number): string => `daemon: { workers: ${workers} }
services: { echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], banner: "${banner}" } }
`;
    const daemon = await startDaemon(t, config(0));
    const reloads = async (): Promise<void> => {
      for (let number = 1; number <= 10; number++) await daemon.change(config(number));
    };
    const done = reloads();
    const [counts, datagrams] = await Promise.all([
      storm(await daemon.port('echo'), { until: done }),
      ping(await sendTo(t, await daemon.port('echo', 1)), done),
    ]);
    t.match(counts, { cut: 0, refused: {} }, 'no connection was refused, none was cut');
    t.same(counts.refused, {});
    t.ok(counts.answered > 100, `${counts.answered} connections`);
    t.ok(datagrams > 10, `${datagrams} datagrams, all answered`);
    t.equal((await daemon.status()).generation, 11);
    await settled(daemon, workers);
    t.same((await daemon.status()).services[0]?.sessions, { active: 0, total: counts.answered, refused: 0 });
  });
}

/** Waits until the workers of earlier generations have ended. */
async function settled(daemon: TestDaemon, workers: number): Promise<void> {
  for (const { pid, generation } of (await daemon.status()).workers
    .toSorted((a, b) => b.generation - a.generation)
    .slice(workers)) {
    await daemon.line(
      (line) => line.event === 'worker.retired' && line['worker'] === pid && line['generation'] === generation,
    );
  }
}
