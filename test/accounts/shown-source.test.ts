import t from 'tap';

import { shownSource } from '../../src/accounts/shown-source.ts';

for (const [address, source] of [
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0:1::7', '2001:db8::/64'],
  ['2001:db8:0:1::/64', '2001:db8:0:1::/64'],
  ['::1', '::/64'],
  ['somebody', 'somebody'],
] as const)
  t.equal(shownSource(address), source, address);
