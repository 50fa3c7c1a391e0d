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
  /** Names of the words it takes; one in brackets may be left out. */
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
  status: {
    summary: 'what the running daemon does; 3 when none runs',
    options: ['config', 'json', 'wait'],
    words: [],
    notes: 'With --wait: wait until every enabled service is up; 1 when that takes longer.',
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
    summary: 'who is connected',
    options: ['config', 'json', 'follow'],
    words: [],
    load: () => import('./sessions.ts'),
  },
  kick: {
    summary: 'end one session; 1 when there is none of that id',
    options: ['config'],
    words: ['ID'],
    load: () => import('./kick.ts'),
  },
  services: {
    summary: "the service types, or one type's options with an example",
    options: [],
    words: ['[NAME]'],
    load: () => import('./services.ts'),
  },
  schema: {
    summary: 'JSON Schema of the configuration file',
    options: [],
    words: [],
    load: () => import('./schema.ts'),
  },
};
