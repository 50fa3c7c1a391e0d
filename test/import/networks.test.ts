import t from 'tap';

import { covers, isName, networkOfPrefix, readName, readNetwork } from '../../src/import/networks.ts';

for (const [text, expected] of [
  ['192.0.2.1', '192.0.2.1'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.0.0.0/255.0.0.0', '10.0.0.0/8'],
  ['10.1.0.0/255.255.240.0', '10.1.0.0/20'],
  ['0.0.0.0/0.0.0.0', '0.0.0.0/0'],
  ['192.0.2.1/32', '192.0.2.1'],
  ['192.0.2.1/255.255.255.255', '192.0.2.1'],
  ['192.0.2.1/33', null],
  ['10.0.0.0/255.0.255.0', null],
  ['[2001:db8::]/32', '2001:db8::/32'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::1/128', '2001:db8::1'],
  ['2001:db8::/129', null],
  ['2001:db8::/255.0.0.0', null],
  ['fe80::1%eth0', null],
  ['10.0.0.0/8/8', null],
  ['example.com', null],
  ['10.0.0.0/', null],
] as const) {
  t.equal(readNetwork(text), expected, text);
}

for (const [text, expected] of [
  ['10.', '10.0.0.0/8'],
  ['10.1.', '10.1.0.0/16'],
  ['192.0.2.', '192.0.2.0/24'],
  ['10', null],
  ['256.', null],
  ['1.2.3.4.', null],
] as const) {
  t.equal(networkOfPrefix(text), expected, text);
}

for (const [text, expected] of [
  ['example.com', 'example.com'],
  ['.example.com', '*.example.com'],
  ['host_1', 'host_1'],
  ['1.2.3.4', null],
  ['a..b', null],
  ['-a', null],
  ['a b', null],
  ['a'.repeat(253), 'a'.repeat(253)],
  ['a'.repeat(254), null],
] as const) {
  t.equal(readName(text), expected, text);
}

for (const [wide, narrow, expected] of [
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', '*.a.example.com', true],
  ['a.example.com', '*.example.com', false],
  ['0.0.0.0/0', 'a.example.com', false],
  ['*.example.com', '10.0.0.1', false],
] as const) {
  t.equal(covers(wide, narrow), expected, `${wide} ${narrow}`);
}

t.same(['a.b', '*.b', '10.0.0.0/8', '::1'].map(isName), [true, true, false, false]);
