import t from 'tap';

import { nameTemplate } from '../../src/wire/name-template-option.ts';

t.test('a template that makes names', async (t) => {
  for (const text of ['{name}', '{date}/{name}', '{account}/{id}.{extension}'])
    t.same(nameTemplate().safeParse(text), { success: true, data: text });
});

for (const [text, expected] of [
  ['', 'expected a name, got ""'],
  ['/{name}', 'expected a name without a slash at its ends, got "/{name}"'],
  ['{nmae}', /^expected placeholders out of \{service\} .*, got "\{nmae\}"$/],
  ['{name', 'expected every brace to have its other half, got "{name"'],
] as const) {
  t.test(`says what is wrong with ${JSON.stringify(text)}`, async (t) => {
    t.match(nameTemplate().safeParse(text).error?.issues[0]?.message, expected);
  });
}

t.test('never a way out of the folder', async (t) => {
  for (const text of ['../{name}', 'a/../../{name}']) t.equal(nameTemplate().safeParse(text).success, false, text);
});
