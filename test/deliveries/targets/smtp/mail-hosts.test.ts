import t from 'tap';

import { domainOf, findMailHosts, isOurs, type Names } from '../../../../src/deliveries/targets/smtp/mail-hosts.ts';

const domains: readonly (readonly [recipient: string, domain: string | null])[] = [
  ['a@x.example', 'x.example'],
  ['"a@b"@x.example', 'x.example'],
  ['a@x.example.', 'x.example'],
  ['a@bücher.example', 'xn--bcher-kva.example'],
  ['a@[192.0.2.1]', null],
  ['a@[IPv6:::1]', null],
  ['a@127.0.0.1', null],
  ['a@::1', null],
  ['postmaster', null],
  ['a@', null],
  ['a@x y.example', null],
  [`a@${'x'.repeat(254)}`, null],
];

t.test('the domain of an address', async (t) => {
  for (const [recipient, domain] of domains) {
    if (domain === null) t.throws(() => domainOf(recipient), { name: 'Fault' }, recipient);
    else t.equal(domainOf(recipient), domain, recipient);
  }
});

const addresses: readonly (readonly [address: string, isOurs: boolean])[] = [
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['0.0.0.0', true],
  ['169.254.169.254', true],
  ['224.0.0.1', true],
  ['255.255.255.255', true],
  ['::', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['fe80::1', true],
  ['ff02::1', true],
  ['10.0.0.1', false],
  ['192.0.2.1', false],
  ['2001:db8::1', false],
];

t.test('addresses that no mail goes to', async (t) => {
  for (const [address, expected] of addresses) t.equal(isOurs(address), expected, address);
});

const names = (records: readonly (readonly [exchange: string, priority: number])[]): Names => ({
  mail: async () => records.map(([exchange, priority]) => ({ exchange, priority })),
  async addresses(host) {
    if (host.startsWith('bad')) throw new Error('no address');
    return [1, 2, 3].map((last) => `192.0.2.${last}`);
  },
  isOurs,
});

t.test('the best come first, and of many only some', async (t) => {
  const found = await findMailHosts(
    'x.example',
    names([
      ['b.example', 20],
      ['bad.example', 10],
      ['a.example', 5],
    ]),
  );
  t.same(
    found.map(({ name, address }) => `${name} ${address}`),
    ['a.example 192.0.2.1', 'a.example 192.0.2.2', 'b.example 192.0.2.1', 'b.example 192.0.2.2'],
  );
  const many = Array.from({ length: 20 }, (_, at) => [`${at}.example`, at] as const);
  t.equal((await findMailHosts('x.example', names(many))).length, 10);
});

t.test('servers without addresses are for now', async (t) => {
  await t.rejects(findMailHosts('x.example', names([['bad.example', 10]])), {
    message: 'the mail servers of x.example have no addresses: no address',
  });
});
