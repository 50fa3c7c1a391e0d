import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { TemporaryError } from '../../src/contract/errors.ts';
import { TreeError } from '../../src/contract/tree.ts';
import { tellLog } from '../../src/wire/tell-log.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';

function told(error: unknown, isOurs: boolean): readonly LogLine[] {
  const lines: LogLine[] = [];
  tellLog({ log: createFakeLogger(lines), message: 'it failed', fields: { command: 'STOR' }, error, isOurs });
  return lines;
}

t.test('what the machine does not let us do is a warning that says who, what and where', async (t) => {
  const error = new TreeError('denied', 'that is not allowed', { detail: 'nobody may not do that at /srv (EACCES)' });
  t.match(told(error, false), [
    {
      severity: 'warning',
      message: 'this machine does not allow what the account may',
      fields: { command: 'STOR', reason: 'nobody may not do that at /srv (EACCES)' },
    },
  ]);
});

t.test('what is not possible just now is a warning', async (t) => {
  const error = new TemporaryError('the queue does not answer');
  t.match(told(error, true), [{ severity: 'warning', message: 'it failed', fields: { command: 'STOR', error } }]);
});

t.test('what no protocol has a word for is an error', async (t) => {
  const error = new Error('broken');
  t.match(told(error, true), [{ severity: 'err', message: 'it failed', fields: { command: 'STOR', error } }]);
});

t.test('what the peer has asked for wrongly is no matter for the log', async (t) => {
  t.same(told(new TreeError('missing', 'there is none'), false), []);
  t.same(told(new NoSpaceError('full'), false), []);
});
