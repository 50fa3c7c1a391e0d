import t from 'tap';

import type { Endpoint } from '../../../src/contract/endpoint.ts';
import { createNetworkCheck } from '../../../src/services/smtp/trust.ts';

const at = (address: string): Endpoint => ({ address, port: 1, family: address.includes(':') ? 'IPv6' : 'IPv4' });
const unix: Endpoint = { address: '', port: 0, family: 'unix' };

t.test('networks', async (t) => {
  const check = createNetworkCheck(['192.0.2.0/24', '198.51.100.1', '2001:db8::/32']);
  t.same(
    ['192.0.2.255', '198.51.100.1', '2001:db8:1::1'].map((address) => check(at(address))),
    [true, true, true],
  );
  t.same(
    ['192.0.3.0', '198.51.100.2', '2001:db9::1'].map((address) => check(at(address))),
    [false, false, false],
  );
  t.equal(check(unix), false);
  t.equal(createNetworkCheck([])(at('127.0.0.1')), false);
});
