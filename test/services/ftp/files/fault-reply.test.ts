import t from 'tap';

import { NoSpaceError } from '../../../../src/contract/delivery.ts';
import { PeerError, TemporaryError } from '../../../../src/contract/errors.ts';
import { TreeError, type TreeFault } from '../../../../src/contract/tree.ts';
import { faultReply, isFault, isOurFault } from '../../../../src/services/ftp/files/fault-reply.ts';

const codes: Readonly<Record<TreeFault, number>> = {
  missing: 550,
  denied: 550,
  exists: 550,
  'not-folder': 550,
  'is-folder': 550,
  'not-empty': 550,
  'not-file': 550,
  name: 553,
  quota: 552,
  'too-large': 552,
  'too-short': 554,
  failed: 451,
};

t.test('what peers are told', async (t) => {
  for (const [fault, code] of Object.entries(codes)) {
    const told = faultReply(new TreeError(fault as TreeFault, '/etc/secret'));
    t.equal(told?.slice(0, 4), `${code} `, fault);
    t.notMatch(told, /secret/);
  }
  t.equal(faultReply(new NoSpaceError('full')), '452 There is no room on the disk\r\n');
  t.equal(faultReply(new TemporaryError('x')), '451 That cannot be done now, try again later\r\n');
  t.equal(faultReply(new PeerError('not so')), '550 not so\r\n');
  t.equal(faultReply(new Error('/etc/secret')), null);
});

t.test('what the log is told', async (t) => {
  t.equal(isOurFault(new TreeError('missing', 'x')), false);
  t.equal(isOurFault(new TreeError('failed', 'x')), true);
  t.equal(isOurFault(new NoSpaceError('x', { cause: new Error('ENOSPC') })), true);
  t.equal(isOurFault(new NoSpaceError('x')), false, 'the floor is told by who keeps it');
  t.equal(isOurFault(new TemporaryError('x')), true);
  t.equal(isOurFault(new PeerError('x')), false);
  t.equal(isOurFault(new Error('x')), true);
  t.equal(isFault(new TreeError('missing', 'x'), 'missing'), true);
  t.equal(isFault(new TreeError('missing', 'x'), 'denied'), false);
  t.equal(isFault(new Error('missing'), 'missing'), false);
});
