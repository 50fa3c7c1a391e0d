import t from 'tap';

import { parseXinetd } from '../../../src/import/xinetd/grammar.ts';

t.test('sections, attributes, and what is included between them', async (t) => {
  const text = `# xinetd.conf
defaults
{
	instances = 60
}
  service  ftp
{
# remark
	socket_type	= stream
	only_from += 10.0.0.0 .example.com
	only_from -= 10.0.0.0
	no_access=
}
include /etc/more
includedir /etc/xinetd.d
`;
  const source = (line: number, text: string) => ({ file: 'f', line, text });
  t.strictSame(parseXinetd(text, 'f'), [
    {
      kind: 'section',
      section: {
        service: null,
        isBegun: true,
        source: source(2, 'defaults'),
        attributes: [{ name: 'instances', operator: '=', values: ['60'], line: 4 }],
      },
    },
    {
      kind: 'section',
      section: {
        service: 'ftp',
        isBegun: true,
        source: source(6, 'service ftp'),
        attributes: [
          { name: 'socket_type', operator: '=', values: ['stream'], line: 9 },
          { name: 'only_from', operator: '+=', values: ['10.0.0.0', '.example.com'], line: 10 },
          { name: 'only_from', operator: '-=', values: ['10.0.0.0'], line: 11 },
          { name: 'no_access', operator: '=', values: [], line: 12 },
        ],
      },
    },
    { kind: 'include', isFolder: false, path: '/etc/more', source: source(14, 'include /etc/more') },
    { kind: 'include', isFolder: true, path: '/etc/xinetd.d', source: source(15, 'includedir /etc/xinetd.d') },
  ]);
});

for (const [text, line, reason] of [
  ['services ftp\n', 1, 'expected "service NAME", "defaults", "include" or "includedir"'],
  ['service ftp\nport = 21\n', 2, 'expected "{"'],
  ['service ftp\n{\nport 21\n}', 3, 'expected "attribute = values"'],
  ['service ftp {\nport = 21\n', 1, 'expected "}" at its end'],
] as const) {
  const wrong = parseXinetd(text, 'f').find((item) => item.kind === 'wrong');
  t.match(wrong, { source: { line }, reason }, text);
}
