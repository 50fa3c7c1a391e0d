import t from 'tap';

import { environment, hostName, oneLine, portNumber } from '../../src/deliveries/option-types.ts';
import { nameTemplate } from '../../src/wire/name-template-option.ts';

const hosts: readonly (readonly [text: string, isHost: boolean])[] = [
  ['files.example.com', true],
  ['files.example.com.', true],
  ['localhost', true],
  ['a_b-c.example', true],
  ['192.0.2.1', true],
  ['::1', true],
  ['2001:db8::1', true],
  ['', false],
  ['-a.example', false],
  ['a..example', false],
  ['a b', false],
  ['[::1]', false],
  ['a.example:22', false],
  ['a/b', false],
  ['x'.repeat(63), true],
  ['x'.repeat(64), false],
];

t.test('hosts', async (t) => {
  for (const [text, isHost] of hosts) t.equal(hostName().safeParse(text).success, isHost, text);
});

t.test('templates, lines, ports and variables', async (t) => {
  t.equal(nameTemplate().safeParse('{date}/{name}').success, true);
  t.equal(nameTemplate().safeParse('../{name}').success, false);
  const line = oneLine('a name');
  t.same(
    ['a b', '', 'a\nb', 'a\0', 'x'.repeat(1024), 'x'.repeat(1025)].map((text) => line.safeParse(text).success),
    [true, false, false, false, true, false],
  );
  t.same(
    [0, 1, 65_535, 65_536, 1.5].map((port) => portNumber.safeParse(port).success),
    [false, true, true, false, false],
  );
  t.same(environment().parse({ A: 1, B: true, C: 'x' }), { A: '1', B: 'true', C: 'x' });
  t.same(
    [{ 'A=B': 'x' }, { '': 'x' }, { A: 'a\0b' }].map((given) => environment().safeParse(given).success),
    [false, false, false],
  );
});
