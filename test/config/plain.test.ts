import t from 'tap';

import { readPlain } from '../../src/config/plain.ts';

for (const [text, expected] of [
  ['true', true],
  ['false', false],
  ['7', 7],
  ['-7', -7],
  ['1.5', 1.5],
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740993', '9007199254740993'],
  ['0660', '0660'],
  ['1.0', '1.0'],
  ['1e3', '1e3'],
  ['0x10', '0x10'],
  ['-0', '-0'],
  ['yes', 'yes'],
  ['True', 'True'],
  ['null', 'null'],
  ['~', '~'],
  ['', ''],
  [' 7', ' 7'],
] as const) {
  t.test(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, async (t) => t.equal(readPlain(text), expected));
}
