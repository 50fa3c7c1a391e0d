import t from 'tap';

import type { AccessPlan } from '../../src/contract/plan.ts';
import { createAccess, createNetworkSet, type ConfirmedNames } from '../../src/listeners/access.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  '192.0.2.1': ['www.example.com'],
  '192.0.2.2': ['example.com'],
  '192.0.2.3': ['www.example.com.evil.test', 'notexample.com'],
  '192.0.2.4': ['a.b.example.com', 'other.test'],
};
const lookUp: ConfirmedNames = async (address) => names[address] ?? [];

function rules(allow: readonly string[], deny: readonly string[] = []): AccessPlan {
  return { allow, deny, neverBan: [], hours: [] };
}

const noNames: ConfirmedNames = () => {
  throw new Error('nobody asked for names');
};

t.test('without rules everybody may come', async (t) => {
  const access = createAccess(rules([]), noNames);
  t.equal(access.allows('192.0.2.1'), true);
  t.equal(access.allows(''), true);
});

t.test('the better match of allow and deny wins', async (t) => {
  const cases: [allow: string[], deny: string[], address: string, allows: boolean][] = [
    // One list.
    [['10.0.0.0/8'], [], '10.1.2.3', true],
    [['10.0.0.0/8'], [], '11.0.0.0', false],
    [['10.0.0.0/8'], [], '9.255.255.255', false],
    [[], ['10.0.0.0/8'], '10.1.2.3', false],
    [[], ['10.0.0.0/8'], '11.0.0.0', true],
    [['192.0.2.7'], [], '192.0.2.7', true],
    [['192.0.2.7'], [], '192.0.2.8', false],
    [['10.1.2.3/8'], [], '10.9.9.9', true],
    // The longer prefix.
    [['10.0.0.0/8'], ['10.1.0.0/16'], '10.1.2.3', false],
    [['10.0.0.0/8'], ['10.1.0.0/16'], '10.2.2.3', true],
    [['10.1.0.0/16'], ['10.0.0.0/8'], '10.1.2.3', true],
    [['10.1.0.0/16'], ['10.0.0.0/8'], '10.2.2.3', false],
    [['10.1.2.3'], ['10.1.2.0/24'], '10.1.2.3', true],
    [['10.1.2.0/31'], ['10.1.2.0/30'], '10.1.2.1', true],
    [['10.1.2.0/31'], ['10.1.2.0/30'], '10.1.2.2', false],
    // The best of each list counts, in whatever order they stand.
    [['10.1.2.3', '10.0.0.0/8'], ['10.1.0.0/16', '0.0.0.0/0'], '10.1.2.3', true],
    [['10.0.0.0/8', '10.1.2.3'], ['0.0.0.0/0', '10.1.0.0/16'], '10.1.9.9', false],
    // A tie.
    [['10.0.0.0/8'], ['10.0.0.0/8'], '10.1.2.3', false],
    [['10.1.2.3'], ['10.1.2.3/32'], '10.1.2.3', false],
    // Nothing matches.
    [['10.0.0.0/8'], ['10.1.0.0/16'], '192.0.2.1', false],
    // Everybody.
    [['0.0.0.0/0'], [], '192.0.2.1', true],
    [['10.0.0.0/8'], ['0.0.0.0/0'], '10.1.2.3', true],
    [['10.0.0.0/8'], ['0.0.0.0/0'], '192.0.2.1', false],
    // IPv6.
    [['2001:db8::/32'], [], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], [], '2001:db9::1', false],
    [['2001:db8::/32'], ['2001:db8:0:1::/64'], '2001:db8:0:1::9', false],
    [['2001:db8::/32'], ['2001:db8:0:1::/64'], '2001:db8:0:2::9', true],
    [['2001:db8::/96'], ['2001:db8::/95'], '2001:db8::9', true],
    [['::1'], [], '::1', true],
    [['::1'], [], '::2', false],
    [['fe80::/10'], [], 'fe80::1%eth0', true],
    // An IPv4 peer on an IPv6 socket is the same peer, and an IPv4 rule written as IPv6 the same rule.
    [['10.0.0.0/8'], [], '::ffff:10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], [], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], [], '11.1.2.3', false],
    // All of IPv6 is not all of IPv4, nor the other way round.
    [[], ['::/0'], '10.1.2.3', true],
    [['::/0'], [], '10.1.2.3', false],
    [[], ['::/0'], '2001:db8::1', false],
    [['0.0.0.0/0'], [], '2001:db8::1', false],
    // The peer of a unix socket has no address.
    [['127.0.0.0/8'], [], '', false],
    [[], ['0.0.0.0/0', '::/0'], '', true],
  ];
  for (const [allow, deny, address, allows] of cases) {
    const title = `allow [${allow.join(' ')}] deny [${deny.join(' ')}]: ${address}`;
    t.equal(createAccess(rules(allow, deny), noNames).allows(address), allows, title);
  }
});

t.test('rules by name', async (t) => {
  const cases: [allow: string[], deny: string[], address: string, allows: boolean][] = [
    [['www.example.com'], [], '192.0.2.1', true],
    [['WWW.Example.COM'], [], '192.0.2.1', true],
    [['www.example.com'], [], '192.0.2.2', false],
    [['*.example.com'], [], '192.0.2.1', true],
    [['*.example.com'], [], '192.0.2.2', false], // example.com itself is not below itself
    [['*.example.com'], [], '192.0.2.3', false], // neither at the front nor without the dot
    [['*.example.com'], [], '192.0.2.4', true],
    [['other.test'], [], '192.0.2.4', true], // any of several names
    [['*.example.com'], [], '192.0.2.99', false], // no name at all
    [[], ['*.example.com'], '192.0.2.1', false],
    [[], ['*.example.com'], '192.0.2.99', true],
    // A name counts like an address, a wildcard less than any network but one of everybody.
    [['www.example.com'], ['192.0.2.0/24'], '192.0.2.1', true],
    [['192.0.2.0/24'], ['www.example.com'], '192.0.2.1', false],
    [['192.0.2.1'], ['www.example.com'], '192.0.2.1', false],
    [['*.example.com'], ['192.0.2.0/24'], '192.0.2.1', false],
    [['192.0.2.0/24'], ['*.example.com'], '192.0.2.1', true],
    [['*.example.com'], ['0.0.0.0/1', '128.0.0.0/1'], '192.0.2.1', false],
    [['*.example.com'], ['0.0.0.0/0'], '192.0.2.1', true],
    [['*.example.com'], ['0.0.0.0/0'], '192.0.2.99', false],
    [['0.0.0.0/0'], ['*.example.com'], '192.0.2.1', false],
    [['0.0.0.0/0'], ['*.example.com'], '192.0.2.99', true],
    [['*.example.com'], ['*.example.com'], '192.0.2.1', false],
    [['www.example.com'], ['*.example.com'], '192.0.2.1', true],
  ];
  for (const [allow, deny, address, allows] of cases) {
    const title = `allow [${allow.join(' ')}] deny [${deny.join(' ')}]: ${address}`;
    t.equal(await createAccess(rules(allow, deny), lookUp).allows(address), allows, title);
  }
});

t.test('names are looked up only where a rule has one', async (t) => {
  t.equal(createAccess(rules(['192.0.2.0/24']), noNames).allows('192.0.2.1'), true);
  t.type(createAccess(rules(['www.example.com']), lookUp).allows('192.0.2.1'), Promise);
});

t.test('answers stay right past what is remembered of them', async (t) => {
  const access = createAccess(rules(['10.0.0.0/16']), noNames);
  // 4096 are remembered.
  for (let index = 0; index < 4200; index++) access.allows(`10.${index & 1}.${index >> 8}.${index & 255}`);
  t.equal(access.allows('10.0.0.0'), true);
  t.equal(access.allows('10.1.0.1'), false);
});

t.test('a set of networks', async (t) => {
  const isProxy = createNetworkSet(['127.0.0.0/8', '2001:db8::/32']);
  t.equal(isProxy('127.0.0.1'), true);
  t.equal(isProxy('::ffff:127.0.0.1'), true);
  t.equal(isProxy('2001:db8::5'), true);
  t.equal(isProxy('128.0.0.1'), false);
  t.equal(isProxy('::1'), false);
  t.equal(isProxy(''), false);
  t.equal(createNetworkSet([])('127.0.0.1'), false, 'of none has nobody');
});
