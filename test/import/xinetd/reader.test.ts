import { join } from 'node:path';

import t from 'tap';

import { readXinetd } from '../../../src/import/xinetd/reader.ts';
import { foreignFiles } from '../stage.ts';

function told(path: string, folder: string): { names: unknown[]; remarks: string[] } {
  const { sections, remarks } = readXinetd(path);
  return {
    names: sections.map((section) => ('attributes' in section ? section.service : section.reason)),
    remarks: remarks.map(({ line, text }) => `${line}: ${text.replaceAll(folder, '')}`),
  };
}

const service = (name: string): string => `service ${name}\n{\n}\n`;

t.test('reads what is included, in the order of names, and passes over what xinetd does', async (t) => {
  const folder = foreignFiles(t, {
    'xinetd.conf': `${service('a')}includedir xinetd.d\ninclude more\n${service('z')}`,
    'xinetd.d/c': service('c'),
    'xinetd.d/b': service('b'),
    'xinetd.d/b.rpmnew': service('never'),
    'xinetd.d/b~': service('never'),
    'xinetd.d/folder/x': service('never'),
    more: service('m'),
  });
  t.same(told(join(folder, 'xinetd.conf'), folder), { names: ['a', 'b', 'c', 'm', 'z'], remarks: [] });
  t.same(told(join(folder, 'xinetd.d'), folder), { names: ['b', 'c'], remarks: [] });
});

t.test('never in a circle, and says what is not there', async (t) => {
  const folder = foreignFiles(t, {
    'xinetd.conf': 'include xinetd.conf\ninclude none\nincludedir nowhere\nincludedir d\n',
    'd/a': `include ../xinetd.conf\nincludedir .\n${service('a')}`,
  });
  t.same(told(join(folder, 'xinetd.conf'), folder), {
    names: ['a'],
    remarks: [
      '1: /xinetd.conf includes this file in turn',
      '2: cannot read /none',
      '3: there is no folder /nowhere',
      '1: /xinetd.conf includes this file in turn',
      '2: /d/a includes this file in turn',
    ],
  });
});

t.test('eight files may stand one below the other', async (t) => {
  const chain = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, `include f${index + 1}\n`]));
  const folder = foreignFiles(t, { ...chain, f9: service('last') });
  t.same(told(join(folder, 'f2'), folder), { names: ['last'], remarks: [] });
  t.same(told(join(folder, 'f1'), folder), {
    names: [],
    remarks: ['1: expected at most 8 files one below the other'],
  });
});

t.test('says where a file is wrong', async (t) => {
  const folder = foreignFiles(t, { f: `nonsense\n${service('a')}` });
  t.same(told(join(folder, 'f'), folder).names, [
    'expected "service NAME", "defaults", "include" or "includedir"',
    'a',
  ]);
  t.throws(() => readXinetd(join(folder, 'none')), { code: 78, message: /there is no such file$/ });
});
