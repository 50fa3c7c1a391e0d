import * as z from 'zod';

import { severities } from '../contract/logger.ts';
import { address, duration, durationOrNone, path, size } from '../contract/options.ts';
import type { OutputPlan } from '../contract/plan.ts';

/**
 * The sections of the file beside `services`. The descriptions are the users' documentation; defaults are written as in
 * the file.
 */

/** Names of services, certificates and deliveries. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected a name of at most 64 letters, digits, ".", "_" and "-" that begins with a letter or digit',
});

/** Names of users and groups; what exists is asked later. */
export const account = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@$-]{0,63}$/, { error: 'expected the name of an account on this system' });

export const daemonShape = {
  // RFC 5424 6.2.5: APP-NAME is 1 to 48 printable characters of US-ASCII.
  name: z
    .string()
    .regex(/^[!-~]{1,48}$/, { error: 'expected 1 to 48 printable ASCII characters without spaces' })
    .prefault('portico')
    .describe('name of the daemon in logs (the syslog app-name)'),
  user: account
    .optional()
    .describe(
      'identity of the workers, only when started as root. Default: the account portico if there is one, else nobody',
    ),
  group: account.optional().describe("group of the workers. Default: the user's own"),
  state: path()
    .optional()
    .describe('folder of spool, certificates and database. Default: $STATE_DIRECTORY, else ./var'),
  runtime: path()
    .optional()
    .describe('folder of the control socket. Default: $RUNTIME_DIRECTORY, else the folder of state'),
  workers: z
    .union([z.int().min(1).max(1024), z.literal('auto')])
    .prefault(1)
    .describe('processes per pool: a number, or auto for as many as there are cores'),
  drain: duration().prefault('30s').describe('how long sessions may go on after a stop'),
  drain_reload: duration().prefault('10m').describe('how long sessions may go on after a reload'),
  memory: size({ min: '64MB' }).prefault('1GB').describe('a worker that grows past this is replaced'),
  journal: durationOrNone({ max: '3650d' })
    .prefault('30d')
    .describe('how long ended sessions can be looked up; none: not at all'),
  spool_free: size()
    .prefault('100MB')
    .describe(
      'room that stays free on the disk of the spool, and of folders that things come into: with less, nothing is received',
    ),
} as const;

const facilities = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ');

const output = z.union([
  z.literal('console').transform((): OutputPlan => ({ kind: 'console', format: 'auto' })),
  z
    .strictObject({
      console: z
        .enum(['auto', 'pretty', 'json', 'syslog'])
        .describe('pretty for people, json, or syslog for lines that begin with "<N>"'),
    })
    .transform((given): OutputPlan => ({ kind: 'console', format: given.console })),
  z
    .strictObject({
      file: path().describe('a file that lines are appended to; opened anew on USR1'),
      format: z.enum(['json', 'rfc5424']).prefault('json').describe('form of the lines'),
    })
    .transform((given): OutputPlan => ({ kind: 'file', path: given.file, format: given.format })),
  z
    .strictObject({
      syslog: address({ kinds: ['udp', 'tcp', 'tls', 'unix'], isDestination: true }).describe(
        'a syslog server, or a unix socket such as unix:/dev/log',
      ),
      format: z.enum(['rfc5424', 'rfc3164']).prefault('rfc5424').describe('form of the messages'),
      ca: path()
        .optional()
        .describe('certificates that a tls:// server is checked against. Default: those of the system'),
    })
    .transform((given): OutputPlan => ({
      kind: 'syslog',
      address: given.syslog,
      format: given.format,
      ca: given.ca ?? null,
    })),
]);

export const loggingShape = {
  level: z.enum(severities).prefault('info').describe('the least severe lines that are written'),
  facility: z.enum(facilities).prefault('daemon').describe('facility in syslog lines'),
  resolve: z.boolean().prefault(false).describe("whether peers' names are looked up for the log"),
  outputs: z.array(output).min(1).prefault(['console']).describe('where lines go'),
} as const;

export const adminShape = {
  listen: address({ kinds: ['tcp'] }).describe('where metrics, health and the JSON API are served'),
} as const;

export const include = z
  .union([z.string(), z.array(z.string())])
  .describe('more files: paths, and patterns such as conf.d/*.yaml, relative to this file');

export const sectionNames: readonly string[] = [
  'daemon',
  'include',
  'logging',
  'admin',
  'certificates',
  'accounts',
  'deliveries',
  'services',
];
