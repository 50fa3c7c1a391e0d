import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { findPlace } from '../../../../src/services/http/fastcgi/find-place.ts';
import { HttpError, type Exchange } from '../../../../src/services/http/route.ts';

const options = { index: 'index.php', extensions: ['.php'], front_controller: false };

function look(root: string | undefined, path: string, more: object = {}): string {
  const exchange = { route: '/app/', path, query: null } as Exchange;
  try {
    const { scriptName, pathInfo, file } = findPlace({ ...options, root, ...more }, exchange);
    return `${scriptName}|${pathInfo}|${file}`;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return `${error.status} ${error.headers['Location'] ?? ''}`.trim();
  }
}

t.test('without a root, the whole path is for the backend', async (t) => {
  t.equal(look(undefined, '/app/'), '/app|/|null');
  t.equal(look(undefined, '/app/.well-known/a.php'), '/app|/.well-known/a.php|null');
});

t.test('a root that is here says what exists', async (t) => {
  const root = t.testdir({
    'index.php': '',
    'a.php': '',
    'style.css': '',
    sub: { 'index.php': '', 'b.php': '' },
    empty: {},
    'old.php': { 'index.php': '' },
    '.secret.php': '',
  });
  symlinkSync('/etc/passwd', join(root, 'out.php'));
  const cases = [
    ['/app/', `/app/index.php||${root}/index.php`],
    ['/app/a.php', `/app/a.php||${root}/a.php`],
    ['/app/a.php/x/y', `/app/a.php|/x/y|${root}/a.php`],
    ['/app/a.php/', `/app/a.php|/|${root}/a.php`],
    ['/app/sub/', `/app/sub/index.php||${root}/sub/index.php`],
    ['/app/sub', '301 ./sub/'],
    ['/app/sub/b.php', `/app/sub/b.php||${root}/sub/b.php`],
    ['/app/old.php/', `/app/old.php/index.php||${root}/old.php/index.php`],
    ['/app/none.php', '404'],
    ['/app/empty/', '404'],
    ['/app/style.css', '404'],
    ['/app/style.css/x.php', '404'],
    ['/app/.secret.php', '404'],
    ['/app/out.php', '404'],
    ['/app/../a.php', '404'],
  ];
  for (const [path = '', expected] of cases) t.equal(look(root, path), expected, path);
  t.equal(look(root, '/app/users/1', { front_controller: true }), `/app/index.php|/users/1|${root}/index.php`);
  t.equal(look(root, '/app/none.php', { front_controller: true }), '404');
});

t.test('a root that is elsewhere is taken at its word', async (t) => {
  const cases = [
    ['/app/', '/app/index.php||/var/www/elsewhere/index.php'],
    ['/app/a.php/x', '/app/a.php|/x|/var/www/elsewhere/a.php'],
    ['/app/sub/', '/app/sub/index.php||/var/www/elsewhere/sub/index.php'],
    ['/app/sub', '404'],
    ['/app//a', '404'],
    ['/app/.a.php', '404'],
  ];
  for (const [path = '', expected] of cases) t.equal(look('/var/www/elsewhere', path), expected, path);
});
