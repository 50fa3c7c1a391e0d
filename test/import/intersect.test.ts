import t from 'tap';

import { intersectAccess } from '../../src/import/intersect.ts';

const all = ['0.0.0.0/0', '::/0'];

for (const [one, other, both] of [
  [{}, {}, {}],
  [{}, { allow: ['10.0.0.0/8'] }, { allow: ['10.0.0.0/8'] }],
  [{ deny: ['10.0.0.1'] }, {}, { deny: ['10.0.0.1'] }],
  [{ allow: ['10.0.0.0/8'] }, { allow: ['10.1.0.0/16', '192.0.2.1'] }, { allow: ['10.1.0.0/16'] }],
  [{ allow: ['10.0.0.0/8'] }, { allow: ['192.0.2.1'] }, { deny: all }],
  [{ allow: ['10.1.2.3'] }, { deny: ['10.1.2.0/24'] }, { deny: all }],
  [{ allow: ['10.0.0.0/8'] }, { deny: ['10.1.2.0/24'] }, { allow: ['10.0.0.0/8'], deny: ['10.1.2.0/24'] }],
  [{ deny: ['10.0.0.1'] }, { deny: all }, { deny: all }],
  [{ deny: ['10.0.0.1'] }, { deny: ['10.0.0.2'] }, { deny: ['10.0.0.1', '10.0.0.2'] }],
  [{ allow: ['*.example.com'] }, { deny: ['10.0.0.1'] }, { allow: ['*.example.com'], deny: ['10.0.0.1'] }],
  [{ allow: ['*.example.com'] }, { allow: ['10.0.0.0/8'] }, { deny: all }],
] as const) {
  t.same(intersectAccess(one, other), both, `${JSON.stringify(one)} ${JSON.stringify(other)}`);
}
