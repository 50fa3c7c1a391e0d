import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import t, { type Test } from 'tap';

import { startDaemon, type LogLine } from '../support/daemon.ts';
import { makeFolder } from '../support/peers.ts';
import { visit } from './talk.ts';

// Routes that hold something beyond a request: uploads on disk, modules in memory.

/** A folder that workers of any identity can write to. */
function openFolder(t: Test): string {
  const folder = makeFolder(t);
  fs.chmodSync(folder, 0o777);
  return folder;
}

const uploadsTo = (folder: string, more = '') => `
services:
  web:
    type: http
    listen: tcp://127.0.0.1:0
    routes: { /drop/: { upload: true, directory: '${folder}'${more} } }
`;

t.test('uploads and a worker that is killed', async (t) => {
  const folder = openFolder(t);
  const daemon = await startDaemon(t, uploadsTo(folder));
  const port = await daemon.port('web');
  const url = `http://127.0.0.1:${port}/drop`;
  const stored = await fetch(`${url}/whole`, { method: 'PUT', body: 'hello' });
  t.equal(stored.status, 201);
  const { id } = (await stored.json()) as { id: string };
  t.match(await daemon.line(({ event }) => event === 'item.received'), {
    service: 'web',
    session: /^\w{12}$/,
    id,
    name: 'whole',
    size: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    severity: 'info',
  });

  const peer = await visit(t, port);
  await peer.write('PUT /drop/half HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  await peer.write('x'.repeat(50_000));
  const staging = join(folder, '.portico-incoming');
  while (fs.readdirSync(staging).every((name) => fs.statSync(join(staging, name)).size < 50_000)) await delay(5);
  const killed = await daemon.workerPid();
  const swept = daemon.line(({ message }) => message === 'removed what interrupted uploads had left');
  process.kill(killed, 'SIGKILL');
  t.match(await swept, { service: 'web', count: 1 });
  t.equal((await peer.rest()).toString(), '', 'nothing was acknowledged');
  t.same(fs.readdirSync(staging), []);
  t.same(fs.readdirSync(folder).sort(), ['.portico-incoming', 'whole']);
  t.equal(fs.readFileSync(join(folder, 'whole'), 'utf8'), 'hello');
  t.equal((await fetch(`${url}/half`, { method: 'PUT', body: 'again' })).status, 201, 'and the next worker takes it');
});

t.test('an upload goes on through a reload, and its file is not swept', async (t) => {
  const folder = openFolder(t);
  const daemon = await startDaemon(t, uploadsTo(folder));
  const peer = await visit(t, await daemon.port('web'));
  await peer.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello');
  const staging = join(folder, '.portico-incoming');
  while (fs.readdirSync(staging).length === 0) await delay(5);
  const before = await daemon.workerPid();
  await daemon.change(uploadsTo(folder, ', max_size: 1MB'));
  t.not(await daemon.workerPid(), before, 'another worker has begun');
  await peer.write('world');
  t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 201');
  t.equal(fs.readFileSync(join(folder, 'a'), 'utf8'), 'helloworld');
});

t.test('an upload is delivered', async (t) => {
  const daemon = await startDaemon(
    t,
    `
daemon: { spool_free: 1MB }
deliveries:
  archive: { type: directory, path: ./archive, name: "{service}/{name}" }
services:
  web:
    type: http
    listen: tcp://127.0.0.1:0
    routes: { /drop/: { upload: true, deliver: [archive] } }
`,
  );
  const url = `http://127.0.0.1:${await daemon.port('web')}/drop`;
  const stored = await fetch(`${url}/scan.pdf`, { method: 'PUT', body: 'hello' });
  t.equal(stored.status, 201);
  const { id } = (await stored.json()) as { id: string };
  const received = await daemon.line(({ event }) => event === 'item.received');
  t.match(received, { service: 'web', id, name: 'scan.pdf', size: 5 });
  const done = await daemon.line(({ event }) => event === 'delivery.done');
  t.match(done, { delivery: 'archive', service: 'web', id, session: received['session'] });
  t.equal(fs.readFileSync(join(daemon.folder, 'archive/web/scan.pdf'), 'utf8'), 'hello');
});

t.test('an upload into a directory leaves free what daemon.spool_free says, and the log tells once', async (t) => {
  const folder = openFolder(t);
  const daemon = await startDaemon(t, `daemon: { spool_free: 1000000GB }\n${uploadsTo(folder)}`);
  const url = `http://127.0.0.1:${await daemon.port('web')}/drop`;
  for (const name of ['a', 'b']) t.equal((await fetch(`${url}/${name}`, { method: 'PUT', body: 'x' })).status, 507);
  const isTold = ({ message }: LogLine): boolean => String(message).startsWith('the disk is nearly full');
  t.match(await daemon.line(isTold), { severity: 'warning', folder, spool_free: 1_000_000 * 1024 ** 3 });
  t.equal(daemon.lines.filter(isTold).length, 1);
  t.same(fs.readdirSync(folder), ['.portico-incoming']);
  t.same(fs.readdirSync(join(folder, '.portico-incoming')), []);
});

t.test('a directory that cannot be written makes the service fail', async (t) => {
  const daemon = await startDaemon(t, uploadsTo('/proc/incoming'));
  t.match(await daemon.status(), { services: [{ name: 'web', state: 'failed', error: /\/proc\/incoming/ }] });
});

t.test('modules', async (t) => {
  const config = `
services:
  web: { type: http, listen: tcp://127.0.0.1:0, routes: { /app/: { module: ./app.ts } } }
`;
  const app = (text: string): string => `
    import fs from 'node:fs';
    import type { HttpApp } from 'portico';
    const app: HttpApp = {
      start: ({ log }) => log.info('app starts', { text: '${text}' }),
      fetch: (request, { session }) => {
        if (request.url.endsWith('/fail')) throw new Error('secret');
        return new Response('${text} ' + session.length);
      },
      stop: () => fs.writeFileSync(new URL('stopped', import.meta.url), '${text}'),
    };
    export default app;
  `;
  const daemon = await startDaemon(t, config, { files: { 'app.ts': app('one') } });
  fs.chmodSync(daemon.folder, 0o777);
  const ask = async (path: string) => {
    // A connection that is kept goes on with the old worker for a moment.
    const headers = { connection: 'close' };
    const answer = await fetch(`http://127.0.0.1:${await daemon.port('web')}/app/${path}`, { headers });
    return [answer.status, await answer.text()] as const;
  };

  await t.test('are started before the first request', async (t) => {
    t.match(await daemon.line(({ message }) => message === 'app starts'), { service: 'web', text: 'one' });
    t.same(await ask(''), [200, 'one 12']);
  });
  await t.test('fail without telling the peer why', async (t) => {
    const [status, text] = await ask('fail');
    t.equal(status, 500);
    const [, session] = /Session (\w{12})/.exec(text) ?? [];
    t.notMatch(text, /secret|app\.ts/);
    t.match(await daemon.line(({ event }) => event === 'service.error'), {
      service: 'web',
      session,
      error: 'secret',
      stack: /app\.ts/,
    });
  });
  await t.test('are loaded anew by a reload, although the configuration is the same', async (t) => {
    daemon.put('app.ts', app('two'));
    await daemon.reload();
    t.same(await ask(''), [200, 'two 12']);
    await daemon.line(({ event }) => event === 'worker.retired');
    t.equal(fs.readFileSync(join(daemon.folder, 'stopped'), 'utf8'), 'one');
  });
  await t.test('that are broken leave the old one serving', async (t) => {
    daemon.put('app.ts', 'export default 1;');
    await t.rejects(daemon.reload(), /expected a default export that is a function/);
    t.same(await ask(''), [200, 'two 12']);
  });
  daemon.signal('SIGTERM');
  await once(daemon.process, 'exit');
  t.equal(fs.readFileSync(join(daemon.folder, 'stopped'), 'utf8'), 'two');
});
