import t from 'tap';

import { NoSpaceError } from '../../../src/contract/delivery.ts';
import { PeerError, TemporaryError } from '../../../src/contract/errors.ts';
import { TreeError, type TreeFault } from '../../../src/contract/tree.ts';
import { Refusal, statusOf } from '../../../src/services/sftp/status.ts';

t.test('has a status for each fault of a tree', async (t) => {
  const table: Readonly<Record<Exclude<TreeFault, 'failed'>, number>> = {
    missing: 2,
    denied: 3,
    exists: 4,
    'not-folder': 2,
    'is-folder': 4,
    'not-empty': 4,
    'not-file': 4,
    name: 4,
    quota: 4,
    'too-large': 4,
    'too-short': 4,
  };
  for (const [fault, code] of Object.entries(table)) {
    t.same(statusOf(new TreeError(fault as TreeFault, 'It is so')), { code, text: 'It is so' }, fault);
  }
});

t.test('has one for other answers', async (t) => {
  t.same(statusOf(new Refusal(8, 'Not here')), { code: 8, text: 'Not here' });
  t.same(statusOf(new NoSpaceError('/var/spool is full')), { code: 4, text: 'There is no room for it' });
  t.same(statusOf(new TemporaryError('the queue')), { code: 4, text: 'Not now, try again later' });
});

t.test('tells what is a fault of ours from what is an answer', async (t) => {
  t.equal(statusOf(new TreeError('failed', 'it failed')), null);
  t.equal(statusOf(new Error('a bug')), null);
  t.throws(() => statusOf(new PeerError('that is no SFTP')), { name: 'PeerError' });
});
