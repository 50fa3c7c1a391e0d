import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import t, { type Test } from 'tap';

import { createFilesRoute, filesRouteOptions } from '../../../../src/services/http/files/index.ts';
import { serveRoute, serveRoutes, type ServeRouteOptions } from '../../../support/exchange.ts';

/** Serves a folder; gives what asks for a path of it. */
async function open(
  t: Test,
  root: string,
  options: object = {},
  serving: ServeRouteOptions = {},
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const parsed = filesRouteOptions.parse({ files: root, ...options });
  const url = await serveRoute(t, (host) => createFilesRoute(parsed, host), serving);
  return (path, init = {}) => {
    // Node's own client closes at the end of a test only what it does not keep.
    return fetch(`${url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { connection: 'close', ...(init.headers as Record<string, string> | undefined) },
    });
  };
}

const identity = { 'accept-encoding': 'identity' };

t.test('serves a file with all that is to be said about it', async (t) => {
  const root = t.testdir({ 'page.html': '<p>hello', 'data.bin': 'x', 'a b.txt': 'spaced', 'x.json': '{}' });
  fs.utimesSync(join(root, 'page.html'), 784111777.5, 784111777.5);
  const get = await open(t, root);
  const response = await get('/page.html');
  t.equal(response.status, 200);
  t.equal(await response.text(), '<p>hello');
  t.match(Object.fromEntries(response.headers), {
    'content-type': 'text/html; charset=utf-8',
    'content-length': '8',
    'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    vary: 'Accept-Encoding',
    etag: /^"[0-9a-z]+-8-[0-9a-z]+"$/,
  });
  t.equal((await get('/data.bin')).headers.get('content-type'), 'application/octet-stream');
  t.equal((await get('/x.json')).headers.get('content-type'), 'application/json');
  t.equal(await (await get('/a%20b.txt')).text(), 'spaced');

  const head = await get('/page.html', { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), '8');
  t.equal(await head.text(), '');
  const options = await get('/page.html', { method: 'OPTIONS' });
  t.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS');
  const post = await get('/page.html', { method: 'POST', body: 'x' });
  t.equal(post.status, 405);
  t.equal(post.headers.get('allow'), 'GET, HEAD, OPTIONS');
});

t.test('notices every change of a file, small or large', async (t) => {
  const root = t.testdir({ small: 'one', large: 'x'.repeat(100_000) });
  const get = await open(t, root);
  const etags: (string | null)[] = [];
  const look = async (path: string): Promise<string> => {
    const response = await get(path);
    etags.push(response.headers.get('etag'));
    return response.text();
  };
  t.equal(await look('/small'), 'one');
  t.equal(await look('/small'), 'one');
  fs.writeFileSync(join(root, 'small'), 'two');
  // As if it had not been touched: the system still knows.
  t.equal(await look('/small'), 'two');
  fs.writeFileSync(join(root, 'new'), 'new');
  fs.renameSync(join(root, 'new'), join(root, 'small'));
  t.equal(await look('/small'), 'new');
  fs.rmSync(join(root, 'small'));
  t.equal((await get('/small')).status, 404);
  t.equal(new Set(etags).size, 3);
  t.equal((await look('/large')).length, 100_000);
  fs.writeFileSync(join(root, 'large'), 'short');
  t.equal(await look('/large'), 'short');
});

t.test(
  'a file that cannot be read any more is not served from memory',
  { skip: process.getuid?.() === 0 },
  async (t) => {
    const root = t.testdir({ secret: 'x' });
    const get = await open(t, root);
    t.equal((await get('/secret')).status, 200);
    fs.chmodSync(join(root, 'secret'), 0);
    t.equal((await get('/secret')).status, 403);
  },
);

t.test('folders', async (t) => {
  const root = t.testdir({
    'index.html': 'top',
    sub: { 'index.html': 'sub', 'start.htm': 'start' },
    other: { 'start.htm': 'start' },
    bare: { file: 'x' },
    folder: { 'index.html': {}, 'start.htm': 'start' },
  });
  const get = await open(t, root, { index: ['index.html', 'start.htm'] });
  t.equal(await (await get('/')).text(), 'top');
  t.equal(await (await get('/sub/')).text(), 'sub');
  t.equal(await (await get('/other/')).text(), 'start');
  t.equal(await (await get('/folder/')).text(), 'start', 'a folder is no index');
  const redirect = await get('/sub?a=b');
  t.equal(redirect.status, 301);
  t.equal(redirect.headers.get('location'), './sub/?a=b');
  t.equal((await get('/bare/')).status, 403);
  t.equal((await get('/bare/file/')).status, 404, 'a file is no folder');
  t.equal((await get('/none/')).status, 404);
  t.equal((await get(`/${'x'.repeat(300)}`)).status, 404);
  t.equal((await get(`/${'x/'.repeat(3000)}`)).status, 404);
});

t.test('a listing', async (t) => {
  const root = t.testdir({
    'b.txt': 'x'.repeat(1500),
    'a&<b>"\'.txt': '',
    '.hidden': '',
    'x:y z': '',
    zsub: { deep: '' },
    gone: t.fixture('symlink', 'nowhere'),
  });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const get = await open(t, root, { listing: true });
  const response = await get('/');
  t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  const page = await response.text();
  const rows = [...page.matchAll(/<a href="([^"]*)">([^<]*)<\/a><\/td><td>([^<]*)/g)].map(([, ...row]) => row);
  t.same(rows, [
    ['./zsub/', 'zsub/', ''],
    ['./a%26%3Cb%3E%22&#39;.txt', 'a&amp;&lt;b&gt;&quot;&#39;.txt', '0 B'],
    ['./b.txt', 'b.txt', '1.5 KB'],
    ['./x%3Ay%20z', 'x:y z', '0 B'],
  ]);
  t.match(await (await get('/zsub/')).text(), /<a href="\.\.\/">.*<a href="\.\/deep">deep</s);
  const head = await get('/', { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(page)));
});

t.test('the listing of a folder with a name that was made to do harm', async (t) => {
  const root = t.testdir({ '<script>alert(1)<': { x: '' } });
  const get = await open(t, root, { listing: true });
  const page = await (await get('/%3Cscript%3Ealert(1)%3C/')).text();
  t.notMatch(page, /<script>/);
});

t.test('names with a dot in front', async (t) => {
  const files = { '.env': 'secret', '.git': { config: 'secret' }, 'a.b': 'x', '...': 'x', sub: { '..a': 'x' } };
  const root = t.testdir(files);
  const closed = await open(t, root, { listing: true });
  for (const path of ['/.env', '/.git/config', '/.git/', '/.git', '/...', '/sub/..a']) {
    t.equal((await closed(path)).status, 404, path);
  }
  t.equal((await closed('/a.b')).status, 200);
  const opened = await open(t, root, { dotfiles: true, listing: true });
  for (const path of ['/.env', '/.git/config', '/...', '/sub/..a']) t.equal((await opened(path)).status, 200, path);
  t.match(await (await opened('/')).text(), /\.env/);
});

t.test('nothing outside the folder', async (t) => {
  const base = t.testdir({
    secret: 'secret',
    elsewhere: { 'index.html': 'secret', file: 'secret' },
    rootlike: { file: 'secret' },
    root: {
      inside: { file: 'fine' },
      good: t.fixture('symlink', 'inside/file'),
      goodfolder: t.fixture('symlink', 'inside'),
      bad: t.fixture('symlink', '../secret'),
      absolute: t.fixture('symlink', '/etc/passwd'),
      badfolder: t.fixture('symlink', '../elsewhere'),
      beside: t.fixture('symlink', '../rootlike'),
      chain: t.fixture('symlink', 'badfolder/../secret'),
      loop: t.fixture('symlink', 'loop'),
    },
  });
  const root = join(base, 'root');
  const get = await open(t, root, { listing: true });
  t.equal(await (await get('/good')).text(), 'fine');
  t.equal(await (await get('/goodfolder/file')).text(), 'fine');
  for (const path of [
    '/bad',
    '/absolute',
    '/badfolder',
    '/badfolder/',
    '/badfolder/file',
    '/beside/file',
    '/chain',
    '/loop',
  ]) {
    t.equal((await get(path)).status, 404, path);
  }
  for (const path of ['/../secret', '/%2e%2e/secret', '/inside/..%2f..%2fsecret', '/..%5csecret']) {
    t.equal((await get(path)).status, 404, path);
  }

  t.test('also when a link is changed after the file was served', async (t) => {
    const link = join(root, 'moving');
    fs.symlinkSync('inside/file', link);
    t.equal((await get('/moving')).status, 200);
    fs.rmSync(link);
    fs.symlinkSync('../secret', link);
    t.equal((await get('/moving')).status, 404);
  });
  t.test('also while a link goes back and forth', async (t) => {
    const link = join(root, 'racing');
    let isOver = false;
    const race = async (): Promise<void> => {
      for (let i = 0; !isOver; i += 1) {
        fs.symlinkSync(i % 2 === 0 ? 'inside' : '../elsewhere', `${link}.new`);
        fs.renameSync(`${link}.new`, link);
        await turn();
      }
    };
    const racing = race();
    const answers = new Set<string>();
    for (let i = 0; i < 100; i += 1) {
      const response = await get('/racing/file');
      answers.add(response.status === 200 ? await response.text() : String(response.status));
    }
    isOver = true;
    await racing;
    answers.delete('404');
    t.same([...answers], ['fine']);
  });
  t.test('and a folder that is a link itself is followed where it leads now', async (t) => {
    fs.symlinkSync('inside', join(root, 'current'));
    const current = await open(t, join(root, 'current'));
    t.equal(await (await current('/file')).text(), 'fine');
    fs.rmSync(join(root, 'current'));
    fs.symlinkSync('../rootlike', join(root, 'current'));
    t.equal(await (await current('/file')).text(), 'secret');
  });
});

t.test('only files are files', async (t) => {
  const root = t.testdir({});
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  t.teardown(() => server.close());
  fs.symlinkSync('/dev/zero', join(root, 'device'));
  const get = await open(t, root);
  for (const path of ['/fifo', '/socket', '/device']) t.equal((await get(path)).status, 403, path);
});

t.test('a single file', async (t) => {
  const root = t.testdir({ 'robots.txt': 'be nice' });
  const get = await open(t, join(root, 'robots.txt'), {}, { prefix: '/robots.txt' });
  t.equal(await (await get('')).text(), 'be nice');
  t.equal((await get('/x')).status, 404);
});

t.test('a folder that is not there yet', async (t) => {
  const root = join(t.testdir({}), 'later');
  const get = await open(t, root);
  t.equal((await get('/x')).status, 404);
  fs.mkdirSync(root);
  fs.writeFileSync(join(root, 'x'), 'there');
  t.equal(await (await get('/x')).text(), 'there');
});

t.test('parts of a file', async (t) => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const large = Buffer.alloc(200_000, letters);
  const root = t.testdir({ small: letters, large });
  const get = await open(t, root);
  const range = (path: string, value: string, more: Record<string, string> = {}): Promise<Response> =>
    get(path, { headers: { range: value, ...more } });

  const middle = await range('/small', 'bytes=1-3');
  t.equal(middle.status, 206);
  t.equal(middle.headers.get('content-range'), 'bytes 1-3/26');
  t.equal(middle.headers.get('content-length'), '3');
  t.equal(await middle.text(), 'bcd');
  t.equal(await (await range('/small', 'bytes=-3')).text(), 'xyz');
  t.equal(await (await range('/large', 'bytes=199990-')).text(), large.subarray(199_990).toString());
  const none = await range('/small', 'bytes=26-');
  t.equal(none.status, 416);
  t.equal(none.headers.get('content-range'), 'bytes */26');
  t.equal((await range('/small', 'bytes=x')).status, 200);
  t.equal((await get('/small', { method: 'HEAD', headers: { range: 'bytes=1-3' } })).status, 200);

  const { headers } = await get('/small');
  t.equal((await range('/small', 'bytes=1-3', { 'if-range': headers.get('etag')! })).status, 206);
  t.equal((await range('/small', 'bytes=1-3', { 'if-range': '"other"' })).status, 200);
  t.equal((await range('/small', 'bytes=1-3', { 'if-none-match': headers.get('etag')! })).status, 304);

  const close = await range('/small', 'bytes=0-1, 20-25');
  t.equal(close.headers.get('content-range'), 'bytes 0-25/26', 'those that nearly touch are one');
  const many = await range('/large', 'bytes=1000-1000, 0-1, -2');
  const [, boundary = ''] =
    /^multipart\/byteranges; boundary=(\w+)$/.exec(many.headers.get('content-type') ?? '') ?? [];
  const part = (span: string, text: string): string =>
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${span}/200000\r\n\r\n${text}`;
  const body = await many.text();
  t.equal(body, `${part('1000-1000', 'm')}${part('0-1', 'ab')}${part('199998-199999', 'gh')}\r\n--${boundary}--\r\n`);
  t.equal(many.headers.get('content-length'), String(body.length));
});

t.test('what the peer has already is not sent again', async (t) => {
  const root = t.testdir({ file: 'x' });
  const get = await open(t, root);
  const { headers } = await get('/file');
  const etag = headers.get('etag')!;
  const again = await get('/file', { headers: { 'if-none-match': etag } });
  t.equal(again.status, 304);
  t.equal(again.headers.get('etag'), etag);
  t.equal(again.headers.get('content-length'), null);
  const modified = headers.get('last-modified')!;
  t.equal((await get('/file', { headers: { 'if-modified-since': modified } })).status, 304);
  t.equal((await get('/file', { headers: { 'if-match': '"other"' } })).status, 412);
});

t.test('compressed beforehand', async (t) => {
  const root = t.testdir({
    'a.css': 'body {}',
    'a.css.gz': gzipSync('body {}'),
    'a.css.br': 'brotli',
    'stale.css': 'new',
    'folder.css': 'plain',
    'folder.css.gz': {},
    'index.html': 'top',
    'index.html.gz': gzipSync('top'),
  });
  fs.writeFileSync(join(root, 'stale.css.gz'), gzipSync('old'));
  fs.utimesSync(join(root, 'stale.css.gz'), 1, 1);
  const get = await open(t, root);
  const encodingOf = async (path: string, accepted: string): Promise<string | null> =>
    (await get(path, { method: 'HEAD', headers: { 'accept-encoding': accepted } })).headers.get('content-encoding');
  t.equal(await encodingOf('/a.css', 'gzip, br'), 'br');
  t.equal(await encodingOf('/a.css', 'gzip, br;q=0.5'), 'gzip');
  t.equal(await encodingOf('/a.css', 'zstd'), null);
  t.equal(await encodingOf('/a.css', 'identity'), null);
  t.equal(await encodingOf('/stale.css', 'gzip'), null);
  t.equal(await encodingOf('/folder.css', 'gzip'), null);
  t.equal(await encodingOf('/', 'gzip'), 'gzip');

  const response = await get('/a.css', { headers: { 'accept-encoding': 'gzip' } });
  t.equal(response.headers.get('content-type'), 'text/css; charset=utf-8');
  t.equal(await response.text(), 'body {}');
  const plain = await get('/a.css', { headers: identity });
  t.not(plain.headers.get('etag'), response.headers.get('etag'));
  t.equal(plain.headers.get('vary'), 'Accept-Encoding');

  const without = await open(t, root, { precompressed: false });
  const untouched = await without('/a.css', { headers: { 'accept-encoding': 'gzip' } });
  t.equal(untouched.headers.get('content-encoding'), null);
  t.equal(untouched.headers.get('vary'), null);
});

t.test('a large file comes whole', async (t) => {
  const content = Buffer.alloc(5_000_000, 'Portico. ');
  const root = t.testdir({ large: content });
  const get = await open(t, root);
  const [one, two] = await Promise.all([get('/large'), get('/large')]);
  t.ok(content.equals(Buffer.from(await one.arrayBuffer())));
  t.ok(content.equals(Buffer.from(await two.arrayBuffer())));
});

t.test('a large file that becomes shorter meanwhile is cut off, not filled up', async (t) => {
  const root = t.testdir({});
  const path = join(root, 'large');
  fs.writeFileSync(path, '');
  fs.truncateSync(path, 50_000_000);
  const get = await open(t, root);
  const response = await get('/large');
  fs.truncateSync(path, 10);
  await t.rejects(response.arrayBuffer());
});

t.test('a peer that takes a large file is not idle, and all of it is counted', async (t) => {
  const size = 30_000_000;
  const root = t.testdir({});
  fs.writeFileSync(join(root, 'large'), '');
  fs.truncateSync(join(root, 'large'), size);
  const parsed = filesRouteOptions.parse({ files: root });
  const served = await serveRoutes(t, { '/': (host) => createFilesRoute(parsed, host) }, { idleMs: 1_000 });
  const { peer, session, ended } = await served.connect();
  await peer.write('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let now = performance.now();
  let taken = 0;
  // Each look is a second and a half after the one before.
  for (const bytes of [1, 9_000_000, 9_000_000, 9_000_000]) {
    await peer.bytes(bytes);
    taken += bytes;
    session.lookForLife((now += 1_500));
  }
  taken += (await peer.rest()).length;
  peer.end();
  t.equal(await ended, 'end');
  t.equal(session.bytes.out, taken);
});
