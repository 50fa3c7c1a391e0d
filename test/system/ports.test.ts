import t from 'tap';

import { findPort, parsePortTable, readPortTable } from '../../src/system/ports.ts';

t.test('reads names and aliases for each protocol, and passes over the rest', async (t) => {
  const table = parsePortTable(
    [
      '# Network services',
      'smtp\t\t25/tcp\t\tmail   # simple mail transfer',
      'discard 9/tcp sink null',
      'discard 9/udp',
      'smtp 2525/tcp',
      'last 65535/udp',
      'past 65536/udp',
      'other 5/sctp',
      'broken',
      'worse x/tcp',
      '',
    ].join('\n'),
  );
  t.strictSame(
    [...table],
    [
      ['smtp/tcp', 25],
      ['mail/tcp', 25],
      ['discard/tcp', 9],
      ['sink/tcp', 9],
      ['null/tcp', 9],
      ['discard/udp', 9],
      ['last/udp', 65_535],
    ],
  );
});

t.test('knows the common names where there is no such file', async (t) => {
  const table = readPortTable(`${t.testdir({})}/services`);
  t.equal(table.get('smtp/tcp'), 25);
  t.equal(table.get('tftp/udp'), 69);
  t.equal(table.get('submissions/tcp'), 465);
  t.equal(table.get('syslog/tcp'), undefined);
});

for (const [name, protocol, expected] of [
  ['smtp', 'tcp', 25],
  ['echo', 'udp', 7],
  ['finger', 'tcp', 79],
  ['no-such-service', 'tcp', null],
  ['__proto__', 'tcp', null],
  ['', 'tcp', null],
] as const) {
  t.test(`${name}/${protocol} is ${expected}`, async (t) => t.equal(findPort(name, protocol), expected));
}
