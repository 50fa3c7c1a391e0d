import { join } from 'node:path';

import t from 'tap';

import { readHostsRules } from '../../../src/import/wrappers/read-rules.ts';
import { foreignFiles } from '../stage.ts';

t.test('the files that are named, or else the first that are found', async (t) => {
  const folder = foreignFiles(t, {
    'beside/hosts.allow': 'a: b',
    'etc/hosts.allow': 'c: d',
    'etc/hosts.deny': 'e: f\nbroken',
    named: 'g: h',
  });
  const folders = [join(folder, 'beside'), join(folder, 'etc')];
  const found = readHostsRules({}, folders);
  t.same(found.files, [join(folder, 'beside/hosts.allow'), join(folder, 'etc/hosts.deny')]);
  t.same(
    found.rules.map(({ daemons, isAllowed }) => [...daemons.members, isAllowed]),
    [
      ['a', true],
      ['e', false],
    ],
  );
  t.same(found.remarks, [{ file: join(folder, 'etc/hosts.deny'), line: 2, text: 'not a rule: "broken"' }]);
  t.same(readHostsRules({ deny: join(folder, 'named') }, []).files, [join(folder, 'named')]);
  t.same(readHostsRules({ allow: '/dev/null', deny: '/dev/null' }, folders), { rules: [], remarks: [], files: [] });
  t.same(readHostsRules({}, []), { rules: [], remarks: [], files: [] });
  t.throws(() => readHostsRules({ allow: join(folder, 'none') }, folders), { code: 78 });
});
