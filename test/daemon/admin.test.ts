import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { get, scrape } from './scrape.ts';
import { echo, exchange, sendTo, visit } from './talk.ts';

t.test('two workers', async (t) => {
  const config = (banner: string): string => `daemon: { workers: 2 }
admin: { listen: tcp://127.0.0.1:0 }
services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], banner: ${banner} }
  closed: { type: echo, listen: tcp://127.0.0.1:0, access: { deny: [127.0.0.1] } }
`;
  const daemon = await startDaemon(t, config('one'));
  const port = await daemon.port('echo');
  const ended = async (count: number): Promise<void> => {
    let seen = 0;
    await daemon.line((line) => line.event === 'session.end' && ++seen === count);
  };
  /** One session in each worker: while the one is stopped, the other has to take it. */
  const visitEach = async (): Promise<void> => {
    const pids = (await daemon.status()).workers.map(({ pid }) => pid);
    for (const pid of pids) {
      process.kill(pid, 'SIGSTOP');
      t.equal(await echo(port, 'hello'), 'hello');
      process.kill(pid, 'SIGCONT');
    }
  };
  await visitEach();
  await ended(2);
  const peer = await sendTo(t, await daemon.port('echo', 1));
  await peer.send('12345678');
  t.equal(await peer.receive(), '12345678');
  await echo(await daemon.port('closed'), '?').catch(() => '');
  await daemon.line((line) => line.event === 'session.refused');
  const open = await visit(t, port);
  await exchange(open, 'open');

  t.test('/metrics sums over them', async (t) => {
    const samples = await scrape(daemon);
    const expected = {
      'portico_sessions_total{service="echo"}': 3,
      'portico_sessions_active{service="echo"}': 1,
      'portico_sessions_total{service="closed"}': 0,
      'portico_sessions_refused_total{service="closed",reason="access"}': 1,
      'portico_sessions_refused_total{service="echo",reason="access"}': 0,
      'portico_session_seconds_count{service="echo"}': 2,
      'portico_bytes_total{service="echo",direction="in"}': 18,
      'portico_bytes_total{service="echo",direction="out"}': 18,
      'portico_datagrams_total{service="echo",direction="in"}': 1,
      'portico_datagrams_total{service="echo",direction="out"}': 1,
      portico_workers: 2,
      portico_worker_restarts_total: 0,
      portico_config_generation: 1,
      'portico_build_info{version="0.1.0"}': 1,
    };
    t.same(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)])), expected);
    t.notOk(samples.has('portico_items_total{service="echo"}'), 'it takes nothing in');
    t.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1e7);
    t.ok(samples.has('process_cpu_seconds_total'));
    t.match(await get(daemon, '/metrics'), { status: 200, type: /^text\/plain; version=0\.0\.4/ });
  });
  t.test('/healthz and /readyz are 200', async (t) => {
    t.match(await get(daemon, '/healthz'), { status: 200, text: 'ok\n' });
    t.match(await get(daemon, '/readyz'), { status: 200, text: '{"state":"running","services":{}}\n' });
  });
  t.test('/api/status is what status --json says', async (t) => {
    const { status, type, text } = await get(daemon, '/api/status');
    t.equal(status, 200);
    t.match(type, /^application\/json/);
    const withoutRss = (json: string): unknown =>
      JSON.parse(json, (key: string, value: unknown) => (key === 'rss' ? 1 : value)) as unknown;
    t.same(withoutRss(text), withoutRss((await daemon.command('status', '--json')).stdout));
  });
  t.test('/api/sessions is what sessions --json says', async (t) => {
    const { text } = await get(daemon, '/api/sessions');
    t.same(JSON.parse(text), JSON.parse((await daemon.command('sessions', '--json')).stdout));
    t.match(JSON.parse(text), [{ service: 'echo', peer: `127.0.0.1:${open.port}`, state: 'active' }]);
  });
  t.test('totals survive a killed worker, and a reload', async (t) => {
    const name = 'portico_sessions_total{service="echo"}';
    const before = (await scrape(daemon)).get(name) ?? 0;
    const [victim] = (await daemon.status()).workers;
    const exited = daemon.line((line) => line.event === 'worker.exit');
    process.kill(victim?.pid ?? -1, 'SIGKILL');
    await exited;
    const samples = await scrape(daemon);
    t.equal(samples.get(name), before);
    t.equal(samples.get('portico_datagrams_total{service="echo",direction="in"}'), 1);
    t.equal(samples.get('portico_worker_restarts_total'), 1);
    t.equal((await daemon.command('status', '--wait', '60s')).code, 0);

    open.socket.destroy();
    let retired = 0;
    const gone = daemon.line((line) => line.event === 'worker.retired' && ++retired === 2);
    await daemon.change(config('two'));
    await gone;
    const after = await scrape(daemon);
    t.equal(after.get(name), before);
    t.equal(after.get('portico_sessions_active{service="echo"}'), 0);
    t.equal(after.get('portico_config_generation'), 2);
    t.equal(after.get('portico_workers'), 2);
    await visitEach();
    t.equal((await scrape(daemon)).get(name), before + 2);
    t.equal((await daemon.status()).services[0]?.sessions.total, before + 2);
  });
});

t.test('items are counted from the start where there can be some', async (t) => {
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
deliveries: { archive: { type: directory, path: ./archive } }
services:
  echo: { listen: tcp://127.0.0.1:0 }
  drop: { type: http, listen: tcp://127.0.0.1:0, routes: { /: { upload: true, deliver: [archive] } } }
  web: { type: http, listen: tcp://127.0.0.1:0, routes: { /: { files: . } } }
  own: { type: ./own.ts, listen: tcp://127.0.0.1:0 }
  taker: { type: ./own.ts, listen: tcp://127.0.0.1:0, deliver: [archive] }
  boot: { type: tftp, listen: udp://127.0.0.1:0, root: . }
`,
    { files: { 'own.ts': `export default { create: () => ({ connection() {} }) };` } },
  );
  const items = async (): Promise<Record<string, number>> =>
    Object.fromEntries([...(await scrape(daemon))].filter(([name]) => name.startsWith('portico_items_total')));
  t.same(await items(), { 'portico_items_total{service="drop"}': 0, 'portico_items_total{service="taker"}': 0 });
  const url = `http://127.0.0.1:${await daemon.port('drop')}/note.txt`;
  t.equal((await fetch(url, { method: 'PUT', body: 'hello' })).status, 201);
  t.same(await items(), { 'portico_items_total{service="drop"}': 1, 'portico_items_total{service="taker"}': 0 });
});

t.test('/readyz names the services that are not up', async (t) => {
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
services:
  echo: { listen: tcp://127.0.0.1:0 }
  off: { type: echo, listen: tcp://127.0.0.1:0, enabled: false }
  bad: { type: ./bad.ts, listen: tcp://127.0.0.1:0 }
`,
    { files: { 'bad.ts': `export default { create() { throw new Error('not today'); } };` } },
  );
  const notReady = await get(daemon, '/readyz');
  t.equal(notReady.status, 503);
  t.same(JSON.parse(notReady.text), { state: 'running', services: { bad: { state: 'failed', error: 'not today' } } });
  t.equal((await get(daemon, '/healthz')).status, 200, 'the master lives all the same');

  daemon.put('bad.ts', `export default { create: () => ({ connection() {} }) };`);
  await daemon.reload();
  t.equal((await get(daemon, '/readyz')).status, 200);

  // While a worker is missing, so are its services. The third time, that lasts two seconds.
  for (const death of [1, 2, 3]) {
    const pid = await daemon.workerPid();
    const exited = daemon.line((line) => line.event === 'worker.exit' && line['worker'] === pid);
    process.kill(pid, 'SIGKILL');
    await exited;
    if (death === 3) {
      const { status, text } = await get(daemon, '/readyz');
      t.equal(status, 503);
      t.same(JSON.parse(text), {
        state: 'running',
        services: { echo: { state: 'starting', error: null }, bad: { state: 'starting', error: null } },
      });
    }
    t.equal((await daemon.command('status', '--wait', '60s')).code, 0);
  }
  t.equal((await get(daemon, '/readyz')).status, 200);
});

t.test('the admin listener goes through reloads and upgrades like a service', async (t) => {
  const config = (more: string): string => `admin: { listen: tcp://127.0.0.1:0 }
services: { echo: { listen: tcp://127.0.0.1:0${more} } }
`;
  const daemon = await startDaemon(t, config(''));
  const { admin } = await daemon.status();
  await daemon.change(config(', banner: changed'));
  t.equal((await daemon.status()).admin, admin);
  t.equal((await get(daemon, '/readyz')).status, 200);
  t.test('and can be taken away', async (t) => {
    const retired = daemon.nextLine((line) => line.event === 'worker.retired' && line['pool'] === '@admin');
    await daemon.change('services: { echo: { listen: tcp://127.0.0.1:0, banner: changed } }\n');
    t.equal((await daemon.status()).admin, null);
    await retired;
    await t.rejects(fetch(`${admin?.replace('tcp://', 'http://')}/healthz`));
  });
});
