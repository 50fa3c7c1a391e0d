import t from 'tap';

import { formatPretty } from '../../../src/logging/formats/pretty.ts';
import type { LogRecord } from '../../../src/logging/record.ts';

const record: LogRecord = {
  time: new Date(2026, 1, 3, 4, 5, 6, 7).toISOString(),
  severity: 'info',
  event: 'session.start',
  message: 'session started',
  pid: '42',
  fields: [['service', 'echo']],
};

t.test('without colours', async (t) => {
  t.equal(formatPretty(record, false), '04:05:06.007 info    session.start session started service=echo');
  t.equal(
    formatPretty({ ...record, severity: 'warning', event: undefined, message: 'slow\u001b[2J' }, false),
    '04:05:06.007 warning slow\\x1b[2J service=echo',
  );
});

t.test('with colours', async (t) => {
  t.equal(
    formatPretty(record, true),
    '\u001b[2m04:05:06.007\u001b[22m \u001b[32minfo   \u001b[39m \u001b[1msession.start\u001b[22m session started\u001b[2m service=echo\u001b[22m',
  );
});
