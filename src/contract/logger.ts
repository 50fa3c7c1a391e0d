/** Syslog's severities (RFC 5424 6.2.1), most severe first; the index is the numeric code. */
export const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;
export type Severity = (typeof severities)[number];

/** Values that may stand in a log line. Objects are written as JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes free-text lines. What happens in the daemon itself is an event (`logging/events.ts`); this is for
 * what a service wants to say beside them. Bindings such as service and session are in every line.
 */
export interface Logger {
  err(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  notice(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  child(bindings: LogFields): Logger;
}
