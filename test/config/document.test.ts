import t from 'tap';

import { load } from './harness.ts';

const one = 'services:\n  echo: { listen: tcp://127.0.0.1:2007 }\n';

for (const [name, text, mistakes] of [
  ['a tab', 'services:\n\techo: {}\n', ['c.yaml:2:1: YAML is indented with spaces, not with tabs']],
  ['an open quote', `${one}daemon: { name: "x }\n`, [/^c\.yaml:4:1: this is not YAML: missing closing "quote/]],
  ['an open bracket', 'services: { echo: { listen: x }\n', [/^c\.yaml:\d+:\d+: this is not YAML: /]],
  [
    'two values on a line',
    'services: echo: x\n',
    [
      'c.yaml:1:11: expected one value, got a map on the same line or indented too far (a text with ": " in it needs quotes)',
    ],
  ],
  [
    'mistakes on several lines, one for each',
    'a: @x\nb: %y\n',
    [/^c\.yaml:1:4: this is not YAML/, /^c\.yaml:2:4: this is not YAML/],
  ],
  ['a second document', `${one}---\na: 1\n`, ['c.yaml:3:1: expected one YAML document, got a second one']],
  ['an unknown tag', 'services: !thing {}\n', ['c.yaml:1:11: this is not YAML: unresolved tag: !thing']],
  ['an unknown anchor', 'services: *none\n', ['c.yaml:1:11: there is no anchor "&none" before this']],
  ['an anchor used before it is set', 'a: *x\nb: &x 1\n', ['c.yaml:1:4: there is no anchor "&x" before this']],
  ['a map within itself', 'services: &all { echo: *all }\n', ['c.yaml:1:24: "*all" contains itself']],
  ['a map merged into itself', 'services: &all\n  <<: *all\n', ['c.yaml:2:7: "*all" contains itself']],
  [
    'a duplicate key',
    `daemon: {}\n${one}daemon: {}\n`,
    ['c.yaml:4:1: daemon: duplicate key "daemon", first on line 1'],
  ],
  [
    'a duplicate key of a service',
    `${one}  mail:\n    listen: tcp://127.0.0.1:1\n    wait: 1s\n    wait: 2s\n`,
    ['c.yaml:6:5: services.mail.wait: duplicate key "wait", first on line 5'],
  ],
  ['a list as key', `${one}? [a]\n: b\n`, ['c.yaml:3:3: expected a text as key']],
  ['no key', `${one}: b\n`, [/^c\.yaml:3:1: expected a text as key/]],
  ['a key that means something to the language', `${one}__proto__: 1\n`, ['c.yaml:3:1: expected a text as key']],
  [
    'a merge of no map',
    `${one}daemon:\n  <<: [1]\n`,
    ['c.yaml:4:8: daemon: expected a map to merge, or a list of maps'],
  ],
  [
    'numbers that lose digits',
    'services: { mail: { listen: tcp://127.0.0.1:1, limit: 9007199254740993 } }\n',
    ['c.yaml:1:55: services.mail.limit: expected a number that keeps all its digits (quotes make it a text)'],
  ],
  [
    'numbers that are none',
    'services: { mail: { listen: tcp://127.0.0.1:1, limit: .inf } }\n',
    ['c.yaml:1:55: services.mail.limit: expected a number that keeps all its digits (quotes make it a text)'],
  ],
] as const) {
  t.test(`tells of ${name}`, async (t) => {
    const result = await load(t, { files: { 'c.yaml': text } });
    t.match(result, mistakes);
    t.equal((result as readonly string[]).length, mistakes.length);
  });
}

t.test('brackets without end do not end the daemon', async (t) => {
  t.match(await load(t, { files: { 'c.yaml': `a: ${'['.repeat(100_000)}` } }), [/nested too deeply/]);
});

t.test('64 levels are read, one more is not', async (t) => {
  const nested = (levels: number): string => `${one}deep: ${'['.repeat(levels)}${']'.repeat(levels)}\n`;
  t.strictSame(await load(t, { files: { 'c.yaml': nested(64) } }), ['c.yaml:3:1: deep: unknown key "deep"']);
  t.strictSame(await load(t, { files: { 'c.yaml': nested(65) } }), ['c.yaml:3:71: nested more than 64 levels deep']);
});

t.test('a small file cannot become a large one', async (t) => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 10; n++)
    lines.push(`a${n}: &a${n} [${Array.from({ length: 10 }, () => `*a${n - 1}`).join(', ')}]`);
  t.match(await load(t, { files: { 'c.yaml': lines.join('\n') } }), [/^c\.yaml:\d+:\d+: more than 100000 values$/]);
});

t.test('anchors and merges, where the map itself goes first', async (t) => {
  const text = `services:
  echo: &base
    listen: tcp://127.0.0.1:1
    isolate: true
    banner: &text busy
  mail:
    <<: [{ banner: other }, *base]
    listen: tcp://127.0.0.1:2
    recipients: [*text]
`;
  t.match(await load(t, { files: { 'c.yaml': text } }), {
    services: [
      { name: 'echo', isolate: true, banner: 'busy' },
      { name: 'mail', isolate: true, banner: 'other', listen: [{ port: 2 }], options: { recipients: ['busy'] } },
    ],
  });
});

t.test('a mistake that came through a merge or an alias stands where it was written, once', async (t) => {
  const text = `services:
  a: &a { type: echo, listen: tcp://127.0.0.1:0, isolate: maybe }
  b: *a
  c: { <<: *a }
`;
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), [
    'c.yaml:2:59: services.a.isolate: expected true or false, got "maybe"',
  ]);
});

t.test('YAML 1.2: yes is a text, quoted numbers are texts, a directive changes nothing', async (t) => {
  const text = `%YAML 1.1\n---\nservices:\n  mail: { listen: tcp://127.0.0.1:1, recipients: [yes, "5", 2026-01-01] }\n`;
  t.match(await load(t, { files: { 'c.yaml': text } }), {
    services: [{ options: { recipients: ['yes', '5', '2026-01-01'] } }],
  });
});
