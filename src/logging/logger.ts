import type { LogFields, Logger, Severity } from '../contract/logger.ts';
import type { JsonLines } from './json-lines.ts';

/** Free-text lines, with bindings that stand in each. */
export function createLogger(lines: Pick<JsonLines, Severity | 'child'>): Logger {
  return {
    err: (message, fields) => lines.err(fields ?? {}, message),
    warning: (message, fields) => lines.warning(fields ?? {}, message),
    notice: (message, fields) => lines.notice(fields ?? {}, message),
    info: (message, fields) => lines.info(fields ?? {}, message),
    debug: (message, fields) => lines.debug(fields ?? {}, message),
    child: (bindings: LogFields) => createLogger(lines.child(bindings)),
  };
}
