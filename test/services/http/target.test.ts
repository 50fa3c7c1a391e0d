import t from 'tap';

import { HttpError } from '../../../src/services/http/route.ts';
import { isHost, parseTarget, slashLocation } from '../../../src/services/http/target.ts';

t.test('takes a target apart', async (t) => {
  const cases: readonly (readonly [target: string, path: string, query?: string | null, authority?: string | null])[] =
    [
      ['/', '/'],
      ['/a/b.html', '/a/b.html'],
      ['/a/', '/a/'],
      ['/a?b=c&d', '/a', 'b=c&d'],
      ['/a?', '/a', ''],
      ['/a?b?c', '/a', 'b?c'],
      ['/a%20b', '/a b'],
      ['/%C3%A4', '/ä'],
      ['/%25', '/%'],
      ['/a?%zz', '/a', '%zz'],
      ['/a/./b', '/a/b'],
      ['/a/../b', '/b'],
      ['/a/..', '/'],
      ['/a/b/..', '/a/'],
      ['/a/.', '/a/'],
      ['/../../etc', '/etc'],
      ['/%2e%2e/etc', '/etc'],
      ['/a/%2E%2e/b', '/b'],
      ['/...', '/...'],
      ['/.a', '/.a'],
      ['/a..b', '/a..b'],
      ['//a//b', '//a//b'],
      ['/a%5cb', '/a\\b'],
      ['/a%3fb', '/a?b'],
      ['http://example.com/a?b', '/a', 'b', 'example.com'],
      ['HTTPS://example.com', '/', null, 'example.com'],
      ['http://example.com?b', '/', 'b', 'example.com'],
      ['http://[::1]:80/../a', '/a', null, '[::1]:80'],
    ];
  for (const [target, path, query = null, authority = null] of cases) {
    t.same(parseTarget(target), { path, query, authority }, target);
  }
});

t.test('refuses what is none', async (t) => {
  const cases: readonly (readonly [target: string, status: number])[] = [
    ['', 400],
    ['*', 400],
    ['a', 400],
    ['example.com:80', 400],
    ['ftp://example.com/', 400],
    ['http:///a', 400],
    ['/a#b', 400],
    ['/a?b#c', 400],
    ['/a b', 400],
    ['/ä', 400],
    ['/%', 400],
    ['/%4', 400],
    ['/%zz', 400],
    ['/%ff', 400],
    ['/%c0%ae', 400],
    ['/%00', 400],
    ['/a%2fb', 404],
    ['/a%2Fb', 404],
  ];
  for (const [target, status] of cases) {
    t.throws(() => parseTarget(target), Object.assign(new HttpError(status, ''), { message: undefined }), target);
  }
});

t.test('is quick with what was made to be slow', async (t) => {
  t.same(parseTarget(`/${'a'.repeat(16_000)}%20`).path.length, 16_002);
  t.same(parseTarget(`/${'a/'.repeat(8_000)}%20`).path.length, 16_002);
});

t.test('knows a host', async (t) => {
  for (const host of ['a', 'example.com', 'a_b.c', 'a:80', 'a:', '127.0.0.1:8080', '[::1]', '[::1]:80']) {
    t.equal(isHost(host), true, host);
  }
  for (const host of ['', ' a', 'a b', 'a/b', 'u@a', 'a:b', 'a:123456', '::1', '[a b]', 'a\\b', 'a"b', 'ä', '<a>']) {
    t.equal(isHost(host), false, host);
  }
});

t.test('a redirect to the slash stays where it is', async (t) => {
  const cases: readonly (readonly [path: string, query: string | null, location: string])[] = [
    ['/a', null, './a/'],
    ['/a/b', 'c=d', './b/?c=d'],
    ['//evil.example', null, './evil.example/'],
    ['/javascript:x', null, './javascript%3Ax/'],
    ['/a b?', '', './a%20b%3F/?'],
    ['/a\r\nX: y', null, './a%0D%0AX%3A%20y/'],
    ['/\\evil', null, './%5Cevil/'],
  ];
  for (const [path, query, location] of cases) t.equal(slashLocation(path, query), location, path);
});
