import { hours, network } from '../../src/contract/access-options.ts';
import { table } from './table.ts';

const noNetwork = 'expected an address or network such as "10.0.0.0/8", got';
table('network', network(), [
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.0.0.1/32', '10.0.0.1/32'],
  ['::1', '::1'],
  ['2001:db8::/128', '2001:db8::/128'],
  ['10.0.0.0/33', 'expected a prefix of at most 32 bits, got "10.0.0.0/33"'],
  ['::/129', 'expected a prefix of at most 128 bits, got "::/129"'],
  ['10.0.0.0/', `${noNetwork} "10.0.0.0/"`],
  ['10.0.0.0/-1', `${noNetwork} "10.0.0.0/-1"`],
  ['10.0.0/8', `${noNetwork} "10.0.0/8"`],
  ['fe80::1%lo', `${noNetwork} "fe80::1%lo"`],
  ['example.com', `${noNetwork} "example.com"`],
  [10, `${noNetwork} 10`],
]);

const noHours = 'expected hours such as "08:00-18:00", got';
table('hours', hours(), [
  ['08:00-18:00', [480, 1080]],
  ['8:30-9:00', [510, 540]],
  ['22:00-06:00', [1320, 360]],
  ['00:00-24:00', [0, 1440]],
  ['23:59-00:00', [1439, 0]],
  ['24:00-01:00', 'expected hours from 00:00 to 24:00, got "24:00-01:00"'],
  ['00:00-24:01', 'expected hours from 00:00 to 24:00, got "00:00-24:01"'],
  ['08:00-08:00', 'expected hours with an end that differs from their beginning, got "08:00-08:00"'],
  ['08:60-09:00', `${noHours} "08:60-09:00"`],
  ['8-18', `${noHours} "8-18"`],
  ['08:00', `${noHours} "08:00"`],
  [8, `${noHours} 8`],
]);
