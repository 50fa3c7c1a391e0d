import t from 'tap';

import { parseContentType } from '../../src/wire/content-type.ts';

t.test('type and charset', async (t) => {
  const cases: readonly (readonly [header: string | undefined, type: string, charset: string | null])[] = [
    ['text/xml', 'text/xml', null],
    ['Text/XML; Charset=UTF-8', 'text/xml', 'UTF-8'],
    ['text/xml;charset="iso-8859-1"', 'text/xml', 'iso-8859-1'],
    ['text/xml; x=y; charset=utf-8; charset=latin1', 'text/xml', 'utf-8'],
    ['text/xml; charset=', 'text/xml', null],
    ['text/xml; charset="a b"', 'text/xml', null],
    ['text/plain; x=text/xml', 'text/plain', null],
    ['', '', null],
    [undefined, '', null],
    [`text/xml; ${'x'.repeat(300)}`, '', null],
  ];
  for (const [header, type, charset] of cases) t.same(parseContentType(header), { type, charset }, header ?? 'none');
});
