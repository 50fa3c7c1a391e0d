import t from 'tap';

import { extensionOf, fitForFileName, flawOfFileName, lastOfPath } from '../../src/wire/file-name.ts';

t.test('names that will do', async (t) => {
  for (const name of ['a', 'a.txt', 'a b', '-rf', '~', 'ä', '👩‍💻', 'a..b', 'COM1', 'x'.repeat(255), 'ä'.repeat(127)])
    t.equal(flawOfFileName(name), null, name);
});

t.test('names that will not', async (t) => {
  for (const [name, flaw] of [
    ['', 'a name'],
    ['/', 'a name without slashes'],
    ['a/b', 'a name without slashes'],
    ['a\\b', 'a name without slashes'],
    ['.', 'a name that does not begin with a dot'],
    ['..', 'a name that does not begin with a dot'],
    ['.htaccess', 'a name that does not begin with a dot'],
    ['a\0', 'a name without control characters'],
    ['a\n', 'a name without control characters'],
    ['a\u007f', 'a name without control characters'],
    ['a\u0085', 'a name without control characters'],
    ['a\u2028b', 'a name without control characters'],
    ['a\u202egpj.exe', 'a name without control characters'],
    ['a\u2066b', 'a name without control characters'],
    ['a\u200eb', 'a name without control characters'],
    ['a\u200fb', 'a name without control characters'],
    ['a\u061cb', 'a name without control characters'],
    ['\ufeffb', 'a name without control characters'],
    ['a\ufff9b', 'a name without control characters'],
    ['a\ud800', 'a name without control characters'],
    ['x'.repeat(256), 'a name of at most 255 bytes'],
    ['ä'.repeat(128), 'a name of at most 255 bytes'],
  ] as const)
    t.equal(flawOfFileName(name), flaw, Buffer.from(name).toString('hex'));
});

t.test('text made fit', async (t) => {
  t.equal(fitForFileName('a/b\\c\0d\u202ee'), 'a_b_c_d_e');
  t.equal(fitForFileName('\u200e\ufeffx\u061c'), '__x_');
  t.equal(fitForFileName('\ud800'), '\ufffd');
  t.equal(fitForFileName('Straße 1.txt'), 'Straße 1.txt');
});

t.test('the last part of a path, and its extension', async (t) => {
  for (const [path, last] of [
    ['a', 'a'],
    ['/a/b', 'b'],
    ['C:\\a\\b', 'b'],
    ['a/', ''],
    ['', ''],
  ] as const)
    t.equal(lastOfPath(path), last, path);
  for (const [name, extension] of [
    ['a.txt', 'txt'],
    ['a.tar.gz', 'gz'],
    ['a', ''],
    ['.a', ''],
    ['a.', ''],
  ] as const)
    t.equal(extensionOf(name), extension, name);
});
