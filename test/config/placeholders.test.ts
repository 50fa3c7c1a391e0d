import t from 'tap';
import { parse } from 'yaml';

import { hidePlaceholders, showPlaceholders } from '../../src/config/placeholders.ts';

for (const text of ['a: [${A}, ${B:-x, y}]', 'a: ${A:-b # c: d}', '# ${A}\na: "${A}"', 'no ${A', '${}', 'a: $${A}']) {
  t.test(`comes back as it was: ${JSON.stringify(text)}`, async (t) => {
    const hidden = hidePlaceholders(text);
    t.equal(hidden.length, text.length);
    t.equal(showPlaceholders(hidden), text);
  });
}

t.test('flow collections hold placeholders without quotes', async (t) => {
  const value = parse(hidePlaceholders('a: [${A}, {b: ${file:./x}, c: ${C:-d, e}}]')) as {
    a: [string, { b: string; c: string }];
  };
  t.strictSame([value.a[0], value.a[1].b, value.a[1].c].map(showPlaceholders), ['${A}', '${file:./x}', '${C:-d, e}']);
});

t.test('a text that has private characters of its own is left alone', async (t) => {
  t.equal(hidePlaceholders('a: [${A}] # \uE07B'), 'a: [${A}] # \uE07B');
});
