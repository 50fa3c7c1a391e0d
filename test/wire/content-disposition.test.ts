import t from 'tap';

import { fileNameOf } from '../../src/wire/content-disposition.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

t.test('the name in a Content-Disposition header', async (t) => {
  for (const [header, name] of [
    ['attachment; filename="a b.txt"', 'a b.txt'],
    ['attachment;filename=a.txt', 'a.txt'],
    ['attachment ; FileName = a.txt ; size=3', 'a.txt'],
    ['attachment; filename="a;b=\\"c\\".txt"', 'a;b="c".txt'],
    ['form-data; name="f"; filename="x"', 'x'],
    ["attachment; filename=plain; filename*=UTF-8''%e2%82%ac%20rates", '€ rates'],
    ["attachment; filename*=utf-8'de'%c3%a4; filename=plain", 'ä'],
    ["attachment; filename=plain; filename*=UTF-8''%e2%82", 'plain'],
    ["attachment; filename=plain; filename*=iso-8859-1'en'%A3", 'plain'],
    [utf8('attachment; filename="ä€"'), 'ä€'],
    ['attachment; filename="\xe4"', 'ä'],
    ['attachment; filename=""', ''],
    ['attachment', null],
    ['', null],
    ['attachment; x="filename=a"', null],
    ['attachment; filename', null],
  ] as const)
    t.equal(fileNameOf(header), name, header);
});

t.test('a header made to take long', async (t) => {
  t.equal(fileNameOf(`attachment; filename="${'\\'.repeat(100_000)}`), null);
  t.equal(fileNameOf(`attachment${'; a='.repeat(100_000)}`), null);
  t.equal(fileNameOf(`attachment${'; filename="'.repeat(100_000)}`), '; filename=');
});
