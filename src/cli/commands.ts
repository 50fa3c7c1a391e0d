import type { House } from './house.ts';
import type { Terminal } from './terminal.ts';

/** All options there are. One that a command does not name is a mistake there. */
export const options = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    summary: 'the configuration; else $PORTICO_CONFIG, ./daemon.config.yaml, /etc/portico/daemon.config.yaml',
  },
  json: { type: 'boolean', summary: 'JSON, for programs' },
  follow: { type: 'boolean', summary: 'a line for each start and end of a session, until interrupted' },
  wait: { type: 'string', value: 'DURATION', summary: 'how long to wait, such as 10s' },
  for: { type: 'string', value: 'DURATION', summary: 'how long, such as 1h; else until it is removed' },
  since: {
    type: 'string',
    value: 'DURATION',
    summary: 'sessions that ended within this time, such as 1h, in place of those that go on',
  },
  limit: { type: 'string', value: 'N', summary: 'at most so many; else 1000' },
  all: { type: 'boolean', summary: 'all that fit, in place of ids' },
  delivery: { type: 'string', value: 'NAME', summary: 'only of this delivery' },
  state: { type: 'string', value: 'STATE', summary: 'only what is queued, delivering, failed or done' },
  to: { type: 'string', value: 'NAME', summary: 'another delivery, which gets them' },
  dialect: {
    type: 'string',
    value: 'DIALECT',
    summary: 'whose inetd.conf it is: openbsd (also Debian), gnu, freebsd or netbsd',
  },
  'hosts-allow': { type: 'string', value: 'FILE', summary: 'rules of tcpd; else hosts.allow beside PATH, or in /etc' },
  'hosts-deny': { type: 'string', value: 'FILE', summary: 'rules of tcpd; else hosts.deny beside PATH, or in /etc' },
  help: { type: 'boolean', short: 'h', summary: 'this text' },
  version: { type: 'boolean', short: 'V', summary: 'the version' },
} as const satisfies Record<string, OptionSpec>;

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly value?: string;
  readonly summary: string;
}

export type OptionName = keyof typeof options;

export interface OptionValues {
  readonly config?: string;
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly wait?: string;
  readonly for?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly all?: boolean;
  readonly delivery?: string;
  readonly state?: string;
  readonly to?: string;
  readonly dialect?: string;
  readonly 'hosts-allow'?: string;
  readonly 'hosts-deny'?: string;
}

/** What a command is called with. Resolves with the exit code. */
export type Command = (call: Call) => Promise<number>;

export interface Call {
  readonly options: OptionValues;
  /** What stood beside the options, after the command's own name. */
  readonly words: readonly string[];
  readonly terminal: Terminal;
  readonly house: House;
}

export interface CommandSpec {
  readonly summary: string;
  readonly options: readonly OptionName[];
  /** Names of the words it takes; one in brackets may be left out, and the last may be given more than once if it ends in "…". */
  readonly words: readonly string[];
  /** What the options alone do not say, for `--help`. */
  readonly notes?: string;
  /** Loads the command's file: only the one that is asked for. */
  load(): Promise<{ readonly default: Command }>;
}

export const commands: Readonly<Record<string, CommandSpec>> = {
  run: {
    summary: 'run the daemon in the foreground',
    options: ['config'],
    words: [],
    notes:
      'SIGTERM and SIGINT stop it (drain; a second one at once), SIGHUP reloads, SIGUSR1 reopens log files, SIGUSR2 upgrades.',
    load: () => import('./run.ts'),
  },
  check: {
    summary: 'say what is wrong with a configuration; 78 when something is',
    options: ['config', 'json'],
    words: [],
    load: () => import('./check.ts'),
  },
  doctor: {
    summary: 'what is wrong on this machine for a configuration, and what mends it',
    options: ['config', 'json'],
    words: [],
    notes:
      'Changes nothing. 0 when there is nothing to mend, 1 for warnings, 69 for what keeps a service from working.',
    load: () => import('./doctor.ts'),
  },
  status: {
    summary: 'what the running daemon does; 3 when none runs',
    options: ['config', 'json', 'wait'],
    words: [],
    notes: 'With --wait: wait until every enabled service is up; 1 when that takes longer, or one has failed.',
    load: () => import('./status.ts'),
  },
  reload: {
    summary: 'apply the configuration file; 78 when it has mistakes, and nothing changes',
    options: ['config'],
    words: [],
    load: () => import('./reload.ts'),
  },
  upgrade: {
    summary: 'replace the running program by the one on disk, under the same pid',
    options: ['config'],
    words: [],
    load: () => import('./upgrade.ts'),
  },
  stop: {
    summary: 'stop the daemon; sessions may go on until daemon.drain is over',
    options: ['config', 'wait'],
    words: [],
    notes: 'With --wait: wait until it has ended; 1 when that takes longer.',
    load: () => import('./stop.ts'),
  },
  sessions: {
    summary: 'who is connected, and who was',
    options: ['config', 'json', 'follow', 'since', 'limit'],
    words: [],
    notes:
      'With --since: sessions that have ended within that time, oldest first, in place of those that go on; of more than --limit the newest.',
    load: () => import('./sessions.ts'),
  },
  kick: {
    summary: 'end one session; 1 when there is none of that id',
    options: ['config'],
    words: ['ID'],
    load: () => import('./kick.ts'),
  },
  bans: {
    summary: 'who is banned; ban an address, or lift a ban',
    options: ['config', 'json', 'for'],
    words: ['[list|add|remove]', '[ADDRESS]'],
    notes:
      'ADDRESS is an IPv4 or IPv6 address, or an IPv6 network of 64 bits. One in access.never_ban cannot be banned.',
    load: () => import('./bans.ts'),
  },
  certificate: {
    summary: 'what is served where, until when; issue certificates anew',
    options: ['config', 'json'],
    words: ['[show|renew]', '[NAME]'],
    notes: 'renew issues the self-signed ones and asks the public authority for the others: all of them without NAME.',
    load: () => import('./certificate.ts'),
  },
  deliveries: {
    summary:
      'what is on its way to deliveries; try again, give up, deliver once more; 1 when there is nothing of that id',
    options: ['config', 'json', 'all', 'delivery', 'state', 'to', 'limit'],
    words: ['[list|show|retry|drop|replay]', '[ID…]'],
    notes: [
      'list: what is in the queue, the oldest first. show ID: all that is known of one thing.',
      'retry: try now what waits or has failed. drop: give it up for good. replay: deliver once more, also what was delivered.',
      'They take ids, or --all; --delivery and --state narrow it. drop --all is about what has failed, unless --state says otherwise.',
      'replay --to NAME: by another delivery.',
    ].join('\n'),
    load: () => import('./deliveries.ts'),
  },
  services: {
    summary: "the service types, or one type's options with an example",
    options: [],
    words: ['[NAME]'],
    load: () => import('./services.ts'),
  },
  'new-service': {
    summary: 'write a service of your own, with a test and a page about it; 1 when there is one of that name',
    options: [],
    words: ['NAME'],
    notes: 'Beside a configuration it is a module, named there by its path; in a checkout of Portico a built-in type.',
    load: () => import('./new-service.ts'),
  },
  schema: {
    summary: 'JSON Schema of the configuration file',
    options: [],
    words: [],
    load: () => import('./schema.ts'),
  },
  import: {
    summary: "another superserver's configuration as one of Portico, on standard output",
    options: ['dialect', 'hosts-allow', 'hosts-deny'],
    words: ['inetd|xinetd|systemd', 'PATH'],
    notes: [
      'PATH: inetd.conf, or a folder of such files; xinetd.conf, or a folder of entries; a .socket file, or a folder of them with their services.',
      'What is not as it was stands in comments, and on standard error. What cannot be served as it was is written, but not enabled.',
    ].join('\n'),
    load: () => import('./import.ts'),
  },
  user: {
    summary: 'accounts: who may log in; 1 when there is one of that name already, or none',
    options: ['config', 'json'],
    words: ['add|password|remove|list|key', '[NAME]', '[KEY…]'],
    notes: [
      'add NAME, password NAME: the password is the first line of standard input; on a terminal it is asked for, unseen.',
      'remove NAME: home and mailbox stay. list [--json]: everything but the passwords.',
      "key NAME 'ssh-ed25519 AAAA… alice@laptop': one more public key.",
      'They are about the first of the files in `accounts`, which is made when it is missing. A daemon needs no reload.',
    ].join('\n'),
    load: () => import('./user.ts'),
  },
  'hash-password': {
    summary: 'a password hash for an accounts file, from a password on standard input',
    options: [],
    words: [],
    load: () => import('./hash-password.ts'),
  },
};
