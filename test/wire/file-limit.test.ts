import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { TreeError } from '../../src/contract/tree.ts';
import { limitOf } from '../../src/wire/file-limit.ts';

const alice = { name: 'alice', quota: 5000 };

t.test('the limit by its name, how much it is, and whose', async (t) => {
  const large = new TreeError('too-large', 'x');
  t.equal(limitOf(large, { maxFileSize: 100, account: alice }), 'larger than max_file_size: 100 bytes');
  t.equal(limitOf(large, { maxFileSize: null, account: alice }), 'the disk takes no file of that size');
  const spent = new TreeError('quota', 'x');
  t.equal(limitOf(spent, { maxFileSize: 100, account: alice }), 'the quota of alice is spent: 5000 bytes');
  for (const other of [new TreeError('denied', 'x'), new NoSpaceError('x'), new Error('x')])
    t.equal(limitOf(other, { maxFileSize: 100, account: alice }), null);
});
