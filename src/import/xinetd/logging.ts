import type { Settings } from './attributes.ts';

export interface Logging {
  readonly section: Readonly<Record<string, unknown>> | null;
  readonly remarks: readonly string[];
}

const facilities =
  'daemon auth authpriv user mail lpr news uucp ftp local0 local1 local2 local3 local4 local5 local6 local7'.split(' ');

/** `log_type` of the defaults as our section `logging`. */
export function loggingOf(settings: Settings): Logging {
  const [kind, target, ...rest] = settings.values('log_type') ?? [];
  if (kind === undefined) return { section: null, remarks: [] };
  if (kind.toUpperCase() === 'SYSLOG' && target !== undefined && facilities.includes(target)) {
    const remarks = rest.length === 0 ? [] : [`left out: level ${rest[0]} of log_type, because each event has its own`];
    return { section: { facility: target, outputs: ['console', { syslog: 'unix:/dev/log' }] }, remarks };
  }
  if (kind.toUpperCase() === 'FILE' && target?.startsWith('/') === true) {
    const remarks = rest.length === 0 ? [] : ['left out: the sizes of log_type: see logrotate(8)'];
    return { section: { outputs: ['console', { file: target }] }, remarks };
  }
  return { section: null, remarks: [`left out: log_type ${[kind, target, ...rest].join(' ')}`] };
}
