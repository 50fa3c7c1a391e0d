import t from 'tap';

import { flattenIssues } from '../../../src/config/issues.ts';
import { httpOptions, routeSettings } from '../../../src/services/http/options.ts';

function problemsOf(options: unknown): string[] {
  const { error } = httpOptions.safeParse(options);
  return flattenIssues(error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

t.test('takes routes of every kind', async (t) => {
  const routes = {
    '/': { files: '/srv' },
    '/app': { module: '/srv/app.ts', accounts: 'any' },
    '/a/b/': { files: '/x' },
  };
  const settings = routeSettings(httpOptions.parse({ routes }).routes);
  t.same(
    settings.map(({ prefix, accounts, insecure }) => [prefix, accounts, insecure]),
    [
      ['/', undefined, false],
      ['/app', 'any', false],
      ['/a/b/', undefined, false],
    ],
  );
});

t.test('says what is wrong with one', async (t) => {
  t.match(problemsOf({}), [/^routes: /]);
  t.same(problemsOf({ routes: {} }), ['routes: expected at least one route']);
  for (const prefix of ['a', '', '/a//b', '/../a', '/a?b', '/a#b', '/%41', '/a\n', '/./a']) {
    const [first = ''] = problemsOf({ routes: { [prefix]: { files: '/srv' } } });
    t.match(first, /expected a path such as "\/files\/"/, JSON.stringify(prefix));
  }
  for (const prefix of ['/', '/a', '/a/', '/a b/', '/ä', '/a/b.c/', '/.well-known/']) {
    t.same(problemsOf({ routes: { [prefix]: { files: '/srv' } } }), [], prefix);
  }
  t.match(problemsOf({ routes: { '/': { files: '/srv', nonsense: 1 } } }), [/^routes\.\/: .*nonsense/]);
  t.match(problemsOf({ routes: { '/': { files: '/srv', accounts: [] } } }), [/^routes\.\/\.accounts: /]);
  t.match(problemsOf({ routes: { '/': { files: '/srv', accounts: ['a b'] } } }), [/expected the name of an account/]);
  t.match(problemsOf({ routes: { '/': { files: '/srv', index: ['a/b'] } } }), [/expected the name of a file/]);
  t.not(problemsOf({ routes: { '/': {} } }).length, 0);
  t.not(problemsOf({ routes: { '/': { files: '/srv', module: '/x.ts' } } }).length, 0);
});
