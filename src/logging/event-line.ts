import type { LogFields, Severity } from '../contract/logger.ts';

export interface EventLineOptions {
  readonly event: string;
  readonly severity: Severity;
  readonly message: string;
  /** `,"time":"…"` */
  readonly clock: () => string;
}

/** The lines of one kind of event, as pino would write them and several times as fast. */
export interface EventLine {
  /** null where pino has to do it: the fields bring a message or an error, or hold what JSON cannot write. */
  fromFields(fields: LogFields): string | null;
  /** From members that are JSON already: two such lines are on the path of every connection. */
  fromMembers(members: string): string;
}

export function createEventLine(options: EventLineOptions): EventLine {
  const { clock } = options;
  const head = `{"severity":"${options.severity}"`;
  const middle = `,"pid":${process.pid},"event":"${options.event}"`;
  const end = `,"message":${JSON.stringify(options.message)}}\n`;
  const fromMembers = (members: string): string => `${head}${clock()}${middle},${members}${end}`;
  const fromFields = (fields: LogFields): string | null => {
    if (fields['message'] !== undefined || fields['error'] !== undefined || fields['err'] !== undefined) return null;
    let json: string;
    try {
      json = JSON.stringify(fields);
    } catch {
      return null;
    }
    return json === '{}' ? head + clock() + middle + end : fromMembers(json.slice(1, -1));
  };
  return { fromFields, fromMembers };
}
