import t from 'tap';

import { member, routesOf } from '../../src/config/member.ts';

t.test('a member of whatever was written', async (t) => {
  t.equal(member({ root: './pub' }, 'root'), './pub');
  t.equal(member({ root: null }, 'root'), null);
  for (const options of [{}, null, 'root', 1, ['root']]) t.equal(member(options, 'root'), undefined);
});

t.test('routes, if there are any', async (t) => {
  t.same(routesOf({ routes: { '/': { files: '.' } } }), [['/', { files: '.' }]]);
  for (const options of [{}, { routes: [] }, { routes: 'none' }, null]) t.same(routesOf(options), []);
});
