import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { runPortico, startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, runPeer, wantProgram } from '../support/peers.ts';

const large = randomBytes(20_000_000);
const text = 'All work and no play makes a dull page. '.repeat(1_000);

async function serveFiles(t: Test, options = '') {
  const folder = makeFolder(t);
  const write = (name: string, content: string | Buffer): void => fs.writeFileSync(join(folder, name), content);
  write('index.html', '<a href="page.html">page</a> <a href="sub/">sub</a>');
  write('page.html', text);
  write('large.bin', large);
  fs.mkdirSync(join(folder, 'sub'));
  write('sub/deep file.txt', 'deep');
  fs.chmodSync(folder, 0o755);
  const daemon = await startDaemon(
    t,
    `certificates:
  default: { self_signed: [localhost, 127.0.0.1] }
services:
  web:
    type: http
    listen: [tcp://127.0.0.1:0, tls://127.0.0.1:0]
    access_log: true
    compression: true
    routes:
      /: { files: '${folder}', listing: true }
${options}`,
  );
  const ports = [await daemon.port('web', 0), await daemon.port('web', 1)];
  return { daemon, folder, url: `http://127.0.0.1:${ports[0]}`, secureUrl: `https://127.0.0.1:${ports[1]}` };
}

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { url, secureUrl, daemon } = await serveFiles(t);
  const target = join(makeFolder(t), 'target');
  const run = async (...args: string[]): Promise<string> =>
    (await runPeer(t, [curl, '-sSk', '--max-time', '30', ...args])).stdout;

  t.equal(await run(`${url}/sub/deep%20file.txt`), 'deep');
  t.equal(await run('--compressed', `${url}/page.html`), text);
  t.equal(await run('-r', '4-7,30-35', `${url}/page.html`).then((answer) => answer.includes('work')), true);
  t.equal(await run('-L', '-o', '/dev/null', '-w', '%{url_effective} %{http_code}', `${url}/sub`), `${url}/sub/ 200`);
  for (const base of [url, secureUrl]) {
    await run('-o', target, `${base}/large.bin`);
    t.ok(fs.readFileSync(target).equals(large), base);
    fs.truncateSync(target, 12_345_678);
    await run('-C', '-', '-o', target, `${base}/large.bin`);
    t.ok(fs.readFileSync(target).equals(large), `${base}, the rest of it`);
  }
  const twice = await run(
    '-o',
    '/dev/null',
    '-o',
    '/dev/null',
    '-w',
    '%{num_connects} ',
    `${url}/`,
    `${url}/page.html`,
  );
  t.equal(twice, '1 0 ', 'over one connection');
  t.equal(await run('-I', '-o', '/dev/null', '-w', '%{http_code}', `${url}/large.bin`), '200');
  t.equal(await run('--http1.0', `${url}/sub/deep%20file.txt`), 'deep');
  t.equal(await run('--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', `${url}/../../etc/passwd`), '404');
  await daemon.line(
    ({ event, message }) =>
      event === 'http.request' && /"GET \/large\.bin HTTP\/1\.1" 206 7654322 /.test(String(message)),
  );
  t.pass('and the log says what it got');
});

t.test('curl, with a password', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const folder = makeFolder(t, { secret: 'for alice' });
  fs.chmodSync(folder, 0o755);
  const { stdout: hash } = await runPortico(['hash-password'], { input: 'sesame\n' });
  const daemon = await startDaemon(
    t,
    `accounts: ./accounts.yaml
services:
  web:
    type: http
    listen: tcp://127.0.0.1:0
    routes:
      /: { files: '${folder}', accounts: [alice] }
`,
    { files: { 'accounts.yaml': `alice: { password: "${hash.trim()}" }\nbob: { password: "${hash.trim()}" }\n` } },
  );
  const url = `http://127.0.0.1:${await daemon.port('web')}/secret`;
  const run = async (...args: string[]): Promise<string> =>
    (await runPeer(t, [curl, '-sS', '-w', ' %{http_code}', '--max-time', '30', ...args])).stdout;
  t.equal(await run('-u', 'alice:sesame', url, url), 'for alice 200for alice 200');
  t.match(await run(url), / 401$/);
  t.match(await run('-u', 'alice:wrong', url), / 401$/);
  t.match(await run('-u', 'bob:sesame', url), / 403$/);
  await daemon.line(({ event, account }) => event === 'auth.ok' && account === 'bob');
  const logins = daemon.lines.filter(({ event }) => event === 'auth.ok').map(({ account }) => account);
  t.same(logins, ['alice', 'bob'], 'a password is checked once for a connection');
});

t.test('wget', async (t) => {
  const wget = needProgram(t, 'wget');
  if (wget === null) return;
  const { url } = await serveFiles(t);
  const copy = makeFolder(t);
  const run = (...args: string[]) => runPeer(t, [wget, '-q', '-P', copy, '--timeout=30', '--tries=1', ...args]);
  await run('-r', '-np', '-nH', `${url}/`);
  t.equal(fs.readFileSync(join(copy, 'page.html'), 'utf8'), text);
  t.equal(fs.readFileSync(join(copy, 'sub/deep file.txt'), 'utf8'), 'deep');
  await run(`${url}/large.bin`);
  const file = join(copy, 'large.bin');
  fs.truncateSync(file, 5_000_000);
  await run('-c', `${url}/large.bin`);
  t.ok(fs.readFileSync(file).equals(large), 'with -c');
  const before = fs.statSync(file).mtimeMs;
  await run('-N', `${url}/large.bin`);
  t.equal(fs.statSync(file).mtimeMs, before, 'with -N');
});

t.test('nc ends its direction behind the request', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const { url } = await serveFiles(t);
  const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', new URL(url).port], {
    input: 'GET /sub/deep%20file.txt HTTP/1.0\r\n\r\n',
  });
  t.match(stdout, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\ndeep$/);
});

t.test('ab, over connections that go on', async (t) => {
  const ab = needProgram(t, 'ab');
  if (ab === null) return;
  const { url } = await serveFiles(t);
  const { stdout } = await runPeer(t, [ab, '-q', '-k', '-c', '8', '-n', '2500', `${url}/sub/deep%20file.txt`]);
  t.match(stdout, /Complete requests: +2500\nFailed requests: +0\nKeep-Alive requests: +2\d{3}\n/);
});

t.test("Python's http.client", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const { url } = await serveFiles(t);
  const script = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', ${new URL(url).port}, timeout=30)
for method, path, headers in [('GET', '/sub/deep%20file.txt', {}), ('HEAD', '/large.bin', {}),
                              ('GET', '/large.bin', {'Range': 'bytes=-4'}), ('POST', '/', {}), ('GET', '/page.html', {})]:
    c.request(method, path, headers=headers, body='x' if method == 'POST' else None)
    r = c.getresponse()
    print(r.status, r.getheader('Content-Length'), len(r.read()))
`;
  const { stdout } = await runPeer(t, [python, '-c', script]);
  t.same(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^405 .*/, '405')),
    ['200 4 4', '200 20000000 0', '206 4 4', '405', '200 40000 40000'],
  );
});

t.test('Chromium shows a page', async (t) => {
  const chromium = wantProgram(t, 'chromium');
  if (chromium === null) return;
  const { url } = await serveFiles(t);
  const { stdout } = await runPeer(t, [
    chromium,
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--dump-dom',
    `${url}/sub/`,
  ]);
  t.match(stdout, /<h1>Index of \/sub\/<\/h1>[^]*deep file\.txt/);
});
