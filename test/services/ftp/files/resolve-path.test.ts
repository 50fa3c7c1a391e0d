import t from 'tap';

import { joinPath, resolvePath, splitPath } from '../../../../src/services/ftp/files/resolve-path.ts';

const table: readonly (readonly [folder: string, path: string, resolved: string])[] = [
  ['/', 'a', '/a'],
  ['/a', 'b', '/a/b'],
  ['/a', '/b', '/b'],
  ['/a/b', '..', '/a'],
  ['/a', '../../..', '/'],
  ['/a', '/../b', '/b'],
  ['/', '.', '/'],
  ['/a', './b/', '/a/b'],
  ['/', '//a///b//', '/a/b'],
  ['/', 'a\\b', '/a\\b'],
  ['/', 'C:/a', '/C:/a'],
  ['/', '~', '/~'],
  ['/a', ' b ', '/a/ b '],
];

const windows: typeof table = [
  ['/', 'a\\b', '/a/b'],
  ['/a', '\\b\\c', '/b/c'],
  ['/a', 'C:\\b', '/b'],
  ['/a', 'c:', '/'],
  ['/a', 'C:b', '/b'],
  ['/a', '..\\..\\x', '/x'],
  ['/a', '*.*', '/a/*'],
  ['/a', 'b\\*.*', '/a/b/*'],
  ['/a', 'b.*.*', '/a/b.*.*'],
];

t.test('paths of peers', async (t) => {
  for (const [folder, path, resolved] of table) {
    t.equal(resolvePath(folder, path, { hasWindowsPaths: false }), resolved, `${folder} ${path}`);
  }
});

t.test('as Windows writes them', async (t) => {
  for (const [folder, path, resolved] of windows) {
    t.equal(resolvePath(folder, path, { hasWindowsPaths: true }), resolved, `${folder} ${path}`);
  }
});

t.test('taken apart and put together', async (t) => {
  t.same(splitPath('/a'), { folder: '/', name: 'a' });
  t.same(splitPath('/a/b'), { folder: '/a', name: 'b' });
  t.same(splitPath('/'), { folder: '/', name: '' });
  t.equal(joinPath('/', 'a'), '/a');
  t.equal(joinPath('/a', 'b'), '/a/b');
});
