import { cpSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, runPeer, startPeer } from '../support/peers.ts';
import { root } from '../support/source-tree.ts';

/** A daemon with the applications of the examples. */
async function serveExamples(t: Test) {
  const apps = makeFolder(t);
  cpSync(join(root, 'examples/http'), apps, { recursive: true });
  // The framework is installed where these tests are.
  const hono = join(root, 'examples/http/hono-app.ts');
  const daemon = await startDaemon(
    t,
    `services:
  web:
    type: http
    listen: tcp://127.0.0.1:0
    routes:
      /app/: { module: '${apps}/app.ts', max_body: 64KB }
      /hono/: { module: '${hono}' }
`,
  );
  return { daemon, url: `http://127.0.0.1:${await daemon.port('web')}` };
}

t.test('curl and the example app', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { url } = await serveExamples(t);
  const run = async (...args: string[]): Promise<string> =>
    (await runPeer(t, [curl, '-sS', '-w', ' %{http_code}', '--max-time', '30', ...args])).stdout;
  t.equal(await run(`${url}/app/`), 'Visit number 1.\n 200');
  t.equal(await run(`${url}/app`), ' 301');
  t.equal(await run('-d', 'Buy milk', `${url}/app/notes`), '{"id":1,"text":"Buy milk","from":"127.0.0.1"} 201');
  t.equal(await run(`${url}/app/notes`), '[{"id":1,"text":"Buy milk","from":"127.0.0.1"}] 200');
  t.match(await run('-d', 'x'.repeat(65_537), `${url}/app/notes`), / 413$/);
  t.equal(await run(`${url}/app/nothing`), 'There is nothing here.\n 404');
  t.match(await run('-I', `${url}/app/`), /^HTTP\/1\.1 404 Not Found\r\n/);
  await t.test('events as they happen', async (t) => {
    const clock = startPeer(t, [curl, '-sSN', `${url}/app/clock`]);
    await clock.says(/^data: \d{4}-.*\n\ndata: /);
    clock.signal('SIGTERM');
    await clock.ended;
  });
});

t.test('curl and an app of a framework', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { url } = await serveExamples(t);
  const run = async (...args: string[]): Promise<string> =>
    (await runPeer(t, [curl, '-sS', '--max-time', '30', ...args])).stdout;
  t.equal(await run(`${url}/hono/`), 'Hello from Hono!\n');
  t.equal(await run(`${url}/hono/hello/world`), '{"hello":"world","from":"127.0.0.1"}');
  t.equal(await run('--data-binary', 'x'.repeat(100_000), `${url}/hono/echo`), 'x'.repeat(100_000));
  t.equal(await run(`${url}/hono/nothing`), 'There is nothing here.\n');
});
