import t from 'tap';

import { createUnit, parseUnit } from '../../../src/import/systemd/units.ts';

const text = `# remark
[Socket]
ListenStream=80
; remark
ListenStream = [::1]:80
Accept=yes

[Service]
ExecStart=/bin/a \\
# a remark between
  b \\
  c
Environment=A=b
Environment=
Environment=C=d
nonsense
`;

t.test('takes a unit apart', async (t) => {
  const { settings, wrong } = parseUnit(text, 'a.socket');
  t.same(
    settings.map(({ section, key, value, line }) => [section, key, value, line]),
    [
      ['Socket', 'ListenStream', '80', 3],
      ['Socket', 'ListenStream', '[::1]:80', 5],
      ['Socket', 'Accept', 'yes', 6],
      ['Service', 'ExecStart', '/bin/a    b    c', 9],
      ['Service', 'Environment', 'A=b', 13],
      ['Service', 'Environment', '', 14],
      ['Service', 'Environment', 'C=d', 15],
    ],
  );
  t.same(wrong, [{ file: 'a.socket', line: 16, text: 'nonsense' }]);
});

t.test('an empty value takes back those before it', async (t) => {
  const unit = createUnit(parseUnit(text, 'f').settings);
  t.same(
    unit.all('Socket', 'ListenStream').map(({ value }) => value),
    ['80', '[::1]:80'],
  );
  t.same(
    unit.all('Service', 'Environment').map(({ value }) => value),
    ['C=d'],
  );
  t.equal(unit.last('Socket', 'ListenStream'), '[::1]:80');
  t.equal(unit.last('Service', 'User'), null);
  t.same(unit.keys('Service'), ['ExecStart', 'Environment']);
});

for (const [value, expected] of [
  ['yes', true],
  ['true', true],
  ['1', true],
  ['on', true],
  ['no', false],
  ['', false],
  ['maybe', false],
] as const) {
  t.equal(createUnit(parseUnit(`[S]\nA=${value}\n`, 'f').settings).isYes('S', 'A'), expected, value || 'nothing');
}
