import t from 'tap';

import http from '../../../src/services/http/index.ts';
import { httpOptions } from '../../../src/services/http/options.ts';
import { describeService } from '../../support/describe-service.ts';

describeService(http, {
  options: { routes: { '/': { files: t.testdir({ 'index.html': 'hello' }) } }, keep_alive: '1s' },
  send: 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  comparable: (answer) => answer.replace(/^Date: .*$/m, ''),
});

t.test('says how to try it', async (t) => {
  const at = { host: '127.0.0.1', port: 80, path: '' };
  t.equal(http.trial?.({ ...at, kind: 'tcp' }), 'curl http://127.0.0.1:80/');
  t.equal(http.trial?.({ ...at, kind: 'tls', host: '::' }), 'curl -k https://[::1]:80/');
  t.equal(http.trial?.({ ...at, kind: 'tcp', host: '*' }), 'curl http://127.0.0.1:80/');
  t.equal(
    http.trial?.({ ...at, kind: 'unix', path: "/run/it's" }),
    String.raw`curl --unix-socket '/run/it'\''s' http://localhost/`,
  );
  const tcp = { ...at, kind: 'tcp' } as const;
  const files = { files: '/srv' };
  for (const [routes, command] of [
    [{ '/a/': files, '/': files }, 'curl http://127.0.0.1:80/'],
    [{ '/a/': files, '/b/': files }, 'curl http://127.0.0.1:80/a/'],
    [{ '/': { ...files, accounts: 'any' } }, 'curl -u NAME http://127.0.0.1:80/'],
    [{ '/cgi-bin/': { cgi: '/srv' } }, 'curl http://127.0.0.1:80/cgi-bin/NAME'],
    [{ '/': { upload: true } }, 'curl -T FILE http://127.0.0.1:80/'],
    [{ '/drop': { upload: true } }, 'curl -T FILE http://127.0.0.1:80/drop/'],
    [{ "/a b;$(c)'/": files }, 'curl http://127.0.0.1:80/a%20b%3B%24%28c%29%27/'],
  ] as const) {
    t.equal(http.trial?.(tcp, { routes }), command);
  }
});

t.test('an upload has to go somewhere', async (t) => {
  const flawOf = (route: object, deliver: string[] = []) =>
    http.check?.(
      httpOptions.parse({ routes: { '/': { files: '/srv' }, '/drop/': { upload: true, ...route } } }),
      [],
      deliver,
    );
  t.same(flawOf({}), { path: 'routes', message: 'expected a directory or deliver for /drop/, got neither' });
  t.same(flawOf({ deliver: [] }, ['archive']), {
    path: 'routes',
    message: 'expected a directory or deliver for /drop/, got neither',
  });
  t.equal(flawOf({ directory: '/srv/drop' }), null);
  t.equal(flawOf({ deliver: ['archive'] }), null);
  t.equal(flawOf({}, ['archive']), null);
});
