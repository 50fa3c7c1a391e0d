import type { LogFields, Logger, Severity } from '../contract/logger.ts';
import type { JsonLines } from './json-lines.ts';

/** Free-text lines, with bindings that stand in each. A child is cheap: most sessions make one for a line or two. */
export function createLogger(lines: Pick<JsonLines, Severity>, bindings: LogFields = {}): Logger {
  const all = (fields: LogFields | undefined): LogFields =>
    fields === undefined ? bindings : { ...bindings, ...fields };
  return {
    err: (message, fields) => lines.err(all(fields), message),
    warning: (message, fields) => lines.warning(all(fields), message),
    notice: (message, fields) => lines.notice(all(fields), message),
    info: (message, fields) => lines.info(all(fields), message),
    debug: (message, fields) => lines.debug(all(fields), message),
    child: (more) => createLogger(lines, { ...bindings, ...more }),
  };
}
