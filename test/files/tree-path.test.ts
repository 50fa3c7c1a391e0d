import t from 'tap';

import { TreeError } from '../../src/contract/tree.ts';
import { below, isName, parseTreePath } from '../../src/files/tree-path.ts';

const faultOf = (text: string, isNew = false): string => {
  try {
    parseTreePath(text, { isNew });
    return 'none';
  } catch (error) {
    return error instanceof TreeError ? error.fault : String(error);
  }
};

t.test('paths are resolved before anything is looked at', async (t) => {
  for (const [text, path, parent, name] of [
    ['/', '/', '/', ''],
    ['', '/', '/', ''],
    ['.', '/', '/', ''],
    ['/a', '/a', '/', 'a'],
    ['a', '/a', '/', 'a'],
    ['/a/b', '/a/b', '/a', 'b'],
    ['//a///b//', '/a/b', '/a', 'b'],
    ['/a/./b/.', '/a/b', '/a', 'b'],
    ['/a/../b', '/b', '/', 'b'],
    ['/..', '/', '/', ''],
    ['/../../../etc/passwd', '/etc/passwd', '/etc', 'passwd'],
    ['/a/b/../../..', '/', '/', ''],
    ['/...', '/...', '/', '...'],
    ['/.hidden', '/.hidden', '/', '.hidden'],
    ['/a\\b', '/a\\b', '/', 'a\\b'],
    ['/Grüße', '/Grüße', '/', 'Grüße'],
    ['/.portico-incoming/..', '/', '/', ''],
    ['/.portico-incoming2', '/.portico-incoming2', '/', '.portico-incoming2'],
  ] as const)
    t.same(parseTreePath(text), { path, parent, name }, JSON.stringify(text));
});

t.test('what can be no name', async (t) => {
  const bad = [
    'a\0b',
    'a\nb',
    'a\rb',
    '\x1b[2J',
    '\x7f',
    '\x85',
    'a\u2028',
    'gpj\u202Eexe',
    '\u2066',
    '\ud800',
    'x'.repeat(256),
  ];
  for (const [index, name] of [...bad, 'ü'.repeat(128)].entries()) {
    t.equal(faultOf(`/${name}`), 'name', `name ${index}`);
    t.equal(faultOf(`/${name}/b`), 'name');
    t.equal(isName(name), false);
  }
  for (const name of ['x'.repeat(255), `x${'ü'.repeat(127)}`]) {
    t.equal(faultOf(`/${name}`), 'none');
    t.equal(isName(name), true);
  }
});

t.test('no longer and no deeper than a path can be', async (t) => {
  t.equal(faultOf('/a'.repeat(128)), 'none');
  t.equal(faultOf('/a'.repeat(129)), 'name');
  t.equal(faultOf(`${'/.'.repeat(2_046)}/aa`), 'none');
  t.equal(faultOf(`${'/.'.repeat(2_046)}/aaa`), 'name');
  t.equal(faultOf(`${'/.'.repeat(2_046)}/ü`), 'none');
  t.equal(faultOf(`${'/.'.repeat(2_046)}/aü`), 'name');
});

t.test('the folder of drafts is nowhere', async (t) => {
  for (const path of [
    '/.portico-incoming',
    '/.portico-incoming/x',
    '/a/.portico-incoming',
    '/a/.portico-incoming/b/c',
  ]) {
    t.equal(faultOf(path), 'missing', path);
    t.equal(faultOf(path, true), 'name', path);
  }
});

t.test('what is below', async (t) => {
  t.equal(below('/', 'a'), '/a');
  t.equal(below('/a', 'b'), '/a/b');
});
