import t from 'tap';

import { expandIPv6, parseSource, plainAddress, sourceOf } from '../../src/wire/source.ts';

t.test('an IPv4 address inside IPv6 is the IPv4 address', async (t) => {
  const cases: [string, string][] = [
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['1.2.3.4', '1.2.3.4'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:0:1', '::ffff:0:1'],
    ['', ''],
  ];
  for (const [address, plain] of cases) t.equal(plainAddress(address), plain, address);
});

t.test('an IPv4 host and an IPv6 /64 are one source each', async (t) => {
  const cases: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ];
  for (const [address, source] of cases) t.equal(sourceOf(address), source, address);
});

t.test('every way to write an IPv6 address gives its eight groups', async (t) => {
  const cases: [string, string][] = [
    ['::', '0 0 0 0 0 0 0 0'],
    ['::1', '0 0 0 0 0 0 0 1'],
    ['1::', '1 0 0 0 0 0 0 0'],
    ['1::8', '1 0 0 0 0 0 0 8'],
    ['1:2:3:4:5:6:7:8', '1 2 3 4 5 6 7 8'],
    ['1:2:3:4:5:6:7::', '1 2 3 4 5 6 7 0'],
    ['0001:0020:0300:4000::00ab', '1 20 300 4000 0 0 0 ab'],
    ['ABCD::EF', 'abcd 0 0 0 0 0 0 ef'],
    ['fe80::1%eth0', 'fe80 0 0 0 0 0 0 1'],
    ['::ffff:1.2.3.4', '0 0 0 0 0 ffff 102 304'],
    ['64:ff9b::255.254.0.1', '64 ff9b 0 0 0 0 fffe 1'],
  ];
  for (const [address, groups] of cases) t.equal(expandIPv6(address).join(' '), groups, address);
});

t.test('a source is its own source', async (t) => {
  for (const source of ['192.0.2.1', '2001:db8:1:2::/64', '0:0:0:0::/64']) t.equal(sourceOf(source), source);
});

t.test('an operator names a source by an address, or by its network', async (t) => {
  const cases: [string, string | null][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::/64', '2001:db8:1:2::/64'],
    ['2001:db8::/64', '2001:db8:0:0::/64'],
    ['::/64', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8::/48', null],
    ['192.0.2.0/24', null],
    ['192.0.2.1::/64', null],
    ['192.0.2.256', null],
    ['::ffff:192.0.2.256', null],
    ['2001:db8:::1', null],
    ['/var/run/socket', null],
    ['example.com', null],
    ['', null],
  ];
  for (const [text, source] of cases) t.equal(parseSource(text), source, text);
});
