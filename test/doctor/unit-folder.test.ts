import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { isOfUnit, isPrivate } from '../../src/doctor/unit-folder.ts';

t.test('folders that systemd keeps for a unit', async (t) => {
  const cases: [string, boolean][] = [
    ['/var/lib/private/portico', true],
    ['/var/lib/private/portico/archive', true],
    ['/var/log/private/portico/portico.log', true],
    ['/var/cache/private/x', true],
    ['/var/lib/private', false],
    ['/var/lib/private/', false],
    ['/var/lib/portico', false],
    ['/var/lib/privateer/x', false],
    ['/srv/var/lib/private/x', false],
    ['/run/private/portico', false],
  ];
  for (const [path, expected] of cases) t.equal(isPrivate(path), expected, path);
});

t.test('where the path leads to counts', async (t) => {
  const folder = t.testdir({});
  symlinkSync(folder, join(folder, 'link'));
  t.equal(isOfUnit(join(folder, 'link')), false);
  t.throws(() => isOfUnit(join(folder, 'nothing')), { code: 'ENOENT' });
});
