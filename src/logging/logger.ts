import type { LogFields, Logger, Severity } from '../contract/logger.ts';
import { events, type EventName } from './events.ts';
import type { JsonLines } from './json-lines.ts';

type EmitEvent = (event: EventName, fields: LogFields) => void;

/** Free-text lines, with bindings that stand in each. */
export function createLogger(lines: Pick<JsonLines, Severity>, emit?: EmitEvent): Logger {
  return new LineLogger({ lines, emit }, {});
}

interface Destination {
  readonly lines: Pick<JsonLines, Severity>;
  readonly emit: EmitEvent | undefined;
}

/** A class, so that a child is one small object: most sessions make one for a line or two. */
class LineLogger implements Logger {
  readonly #to: Destination;
  readonly #bindings: LogFields;

  constructor(to: Destination, bindings: LogFields) {
    this.#to = to;
    this.#bindings = bindings;
  }

  err(message: string, fields?: LogFields): void {
    this.#write('err', message, fields);
  }

  warning(message: string, fields?: LogFields): void {
    this.#write('warning', message, fields);
  }

  notice(message: string, fields?: LogFields): void {
    this.#write('notice', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  child(more: LogFields): Logger {
    return new LineLogger(this.#to, { ...this.#bindings, ...more });
  }

  #write(severity: Severity, message: string, fields: LogFields = {}): void {
    const { lines, emit } = this.#to;
    const { event, ...rest } = fields;
    const kind = typeof event === 'string' && Object.hasOwn(events, event) ? events[event as EventName] : undefined;
    // An event told as it stands in the catalogue takes the shorter way.
    if (emit !== undefined && kind?.severity === severity && kind.message === message) {
      return emit(event as EventName, { ...this.#bindings, ...rest });
    }
    lines[severity]({ ...this.#bindings, ...fields }, message);
  }
}
