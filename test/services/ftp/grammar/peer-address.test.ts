import t from 'tap';

import { parseExtendedPort, parsePort } from '../../../../src/services/ftp/grammar/peer-address.ts';

const ports: readonly (readonly [text: string, address: string | null, port?: number])[] = [
  ['127,0,0,1,4,1', '127.0.0.1', 1025],
  ['10,1,2,3,255,255', '10.1.2.3', 65_535],
  [' 10, 1, 2, 3, 0, 21 ', '10.1.2.3', 21],
  ['10,1,2,3,0', null],
  ['10,1,2,3,0,1,2', null],
  ['256,1,2,3,0,1', null],
  ['10,1,2,3,0,256', null],
  ['10,1,2,3,0,-1', null],
  ['10,1,2,3,0,', null],
  ['10.1.2.3.0.1', null],
  ['', null],
];

t.test('PORT', async (t) => {
  for (const [text, address, port] of ports) {
    t.same(parsePort(text), address === null ? null : { address, port }, JSON.stringify(text));
  }
});

const extended: readonly (readonly [text: string, to: object | 'family' | null])[] = [
  ['|1|132.235.1.2|6275|', { address: '132.235.1.2', port: 6275 }],
  ['|2|1080::8:800:200C:417A|5282|', { address: '1080::8:800:200C:417A', port: 5282 }],
  ['#1#127.0.0.1#65535#', { address: '127.0.0.1', port: 65_535 }],
  ['|3|127.0.0.1|6275|', 'family'],
  ['|1|::1|6275|', null],
  ['|2|127.0.0.1|6275|', null],
  ['|2|fe80::1%eth0|6275|', null],
  ['|1|localhost|6275|', null],
  ['|1|127.0.0.1|0|', null],
  ['|1|127.0.0.1|65536|', null],
  ['|1|127.0.0.1|6275', null],
  ['|1|127.0.0.1|6275|x', null],
  ['||127.0.0.1|6275|', null],
  ['', null],
];

t.test('EPRT', async (t) => {
  for (const [text, to] of extended) t.same(parseExtendedPort(text), to, JSON.stringify(text));
});
