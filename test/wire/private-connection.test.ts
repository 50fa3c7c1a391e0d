import t from 'tap';

import type { TlsInfo } from '../../src/contract/session.ts';
import { isPrivateConnection } from '../../src/wire/private-connection.ts';

const cases = [
  ['127.0.0.1', 'IPv4', true],
  ['127.255.255.255', 'IPv4', true],
  ['128.0.0.1', 'IPv4', false],
  ['10.0.0.1', 'IPv4', false],
  ['::1', 'IPv6', true],
  ['::2', 'IPv6', false],
  ['', 'unix', true],
] as const;

t.test('who is on this machine, or speaks TLS', async (t) => {
  for (const [address, family, isPrivate] of cases) {
    const peer = { address, family, port: 1 };
    t.equal(isPrivateConnection({ peer, tls: null }), isPrivate, address);
    t.equal(isPrivateConnection({ peer, tls: {} as TlsInfo }), true, `${address} with TLS`);
  }
});
