import t from 'tap';

import { syslogRfc3164, syslogRfc5424 } from '../../../src/logging/formats/syslog.ts';
import type { LogRecord } from '../../../src/logging/record.ts';

const record: LogRecord = {
  time: new Date(2026, 1, 3, 4, 5, 6, 7).toISOString(),
  severity: 'warning',
  event: 'worker.exit',
  message: 'worker ended',
  pid: '42',
  fields: [['pool', 'main']],
};
const format = { facility: 16, appName: 'portico', hostname: 'gate', maxBytes: 8192 };

t.test('RFC 5424: the event is the MSGID, the fields are structured data', async (t) => {
  t.equal(
    syslogRfc5424(record, format),
    `<132>1 ${record.time} gate portico 42 worker.exit [portico@32473 pool="main"] worker ended`,
  );
  t.equal(
    syslogRfc5424({ ...record, event: undefined, fields: [] }, format),
    `<132>1 ${record.time} gate portico 42 - - worker ended`,
  );
});

t.test('RFC 3164: everything is in the text', async (t) => {
  t.equal(
    syslogRfc3164(record, format),
    '<132>Feb  3 04:05:06 gate portico[42]: worker ended event=worker.exit pool=main',
  );
});
