import t from 'tap';

import { internalType } from '../../src/import/internal.ts';

for (const [name, type] of [
  ['echo', 'echo'],
  ['discard', 'discard'],
  ['sink', 'discard'],
  ['chargen', 'chargen'],
  ['ttytst', 'chargen'],
  ['daytime', 'daytime'],
  ['time', 'time'],
  ['timserver', 'time'],
  ['quote', 'qotd'],
  ['tcpmux', null],
  ['auth', null],
  ['services', null],
  ['toString', null],
] as const) {
  t.equal(internalType(name), type, name);
}
