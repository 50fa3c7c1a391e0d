import { severities } from '../../contract/logger.ts';
import { formatRfc3164, formatRfc5424 } from '../../wire/syslog.ts';
import type { LogRecord } from '../record.ts';
import { formatText } from './text.ts';

// RFC 5612: the enterprise number that is reserved for use in documentation; receivers find our element by its name.
const elementId = 'portico@32473';

export interface SyslogFormat {
  readonly facility: number;
  readonly appName: string;
  /** "" leaves it out, as the machine's own log socket wants it in the older form. */
  readonly hostname: string;
  readonly maxBytes: number;
}

/** The event is the MSGID, the fields are one structured-data element. */
export function syslogRfc5424(record: LogRecord, format: SyslogFormat): string {
  const message = describe(record, format);
  return formatRfc5424({ ...message, params: record.fields, text: record.message }, format.maxBytes);
}

/** There is no place for fields in the older form, so they stand in the text. */
export function syslogRfc3164(record: LogRecord, format: SyslogFormat): string {
  return formatRfc3164({ ...describe(record, format), params: [], text: formatText(record) }, format.maxBytes);
}

function describe(record: LogRecord, format: SyslogFormat) {
  return {
    facility: format.facility,
    severity: severities.indexOf(record.severity),
    time: record.time,
    hostname: format.hostname,
    appName: format.appName,
    procId: record.pid,
    msgId: record.event ?? '',
    elementId,
  };
}
