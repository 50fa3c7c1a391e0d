import t from 'tap';

import { isOwnHost } from '../../src/admin/host-guard.ts';

const hosts = ['Portico.example'];

for (const [header, expected] of [
  ['127.0.0.1', true],
  ['127.0.0.1:9080', true],
  ['192.0.2.7:9080', true],
  ['[::1]', true],
  ['[::1]:9080', true],
  ['[2001:db8::1]:9080', true],
  ['localhost', true],
  ['LOCALHOST:9080', true],
  ['localhost.:9080', true],
  ['portico.localhost', true],
  ['portico.example', true],
  ['portico.example.:80', true],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['127.1', false],
  ['0x7f000001', false],
  ['notlocalhost', false],
  ['portico.example.evil.example', false],
  ['[portico.example]', false],
  ['[::1', false],
  ['::1', false],
  ['user@127.0.0.1', false],
  ['', false],
  [':9080', false],
  ['127.0.0.1:9080:9080', false],
] as const) {
  t.equal(isOwnHost(header, hosts), expected, `"${header}"`);
}
