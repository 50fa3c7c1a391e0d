import t from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import { createBanList } from '../../src/listeners/ban-list.ts';

const ban = (source: string): Ban => ({ source, until: null, reason: 'manual', service: null, since: 1 });

t.test('nobody is banned at first', async (t) => {
  const bans = createBanList();
  for (const address of ['192.0.2.1', '::1', '', 'somebody']) t.equal(bans.has(address), false, address);
});

t.test('addresses of IPv4, also as IPv6 writes them', async (t) => {
  const bans = createBanList([ban('192.0.2.1')]);
  t.equal(bans.has('192.0.2.1'), true);
  t.equal(bans.has('::ffff:192.0.2.1'), true);
  t.equal(bans.has('192.0.2.10'), false);
});

t.test('networks of IPv6, however their hosts are written', async (t) => {
  const bans = createBanList([ban('2001:db8:0:1::/64')]);
  for (const address of [
    '2001:db8:0:1::1',
    '2001:DB8:0:1:ffff:ffff:ffff:ffff',
    '2001:db8:0:1:0:0:0:0',
    '2001:0db8::1:0:0:0:1',
  ])
    t.equal(bans.has(address), true, address);
  for (const address of ['2001:db8::1', '2001:db8:0:2::1', '::1']) t.equal(bans.has(address), false, address);
});

t.test('the last list counts', async (t) => {
  const bans = createBanList([ban('192.0.2.1')]);
  bans.set([ban('192.0.2.2')]);
  t.same([bans.has('192.0.2.1'), bans.has('192.0.2.2')], [false, true]);
  bans.set([]);
  t.equal(bans.has('192.0.2.2'), false);
});

t.test('a peer without an address is never banned', async (t) => {
  t.equal(createBanList([ban('192.0.2.1')]).has(''), false);
});
