/** A program to start. Nothing is inherited but what is named here: no descriptor beside 0, 1, 2, no variable beside `env`. */
export interface Command {
  /** Absolute path, or a name looked for in the `PATH` of `env`. */
  readonly path: string;
  /** All arguments, argv[0] first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Descriptors of ours that become the program's 0, 1, 2; null is /dev/null, 'pipe' gives a stream on the Child. */
  readonly stdio: readonly [number | null | 'pipe', number | null | 'pipe', number | null | 'pipe'];
  /** Makes the given descriptors blocking first, as programs expect of their standard input and output. */
  readonly blocking?: boolean | undefined;
  /** Octal mask and niceness, if they are to differ from ours. */
  readonly umask?: number | undefined;
  readonly nice?: number | undefined;
  /** Limits that are to differ from ours, soft and hard ones alike; null: none. Needs node:ffi. */
  readonly limits?: ResourceLimits | undefined;
  /**
   * With 'pipe' for stderr: takes what the program writes there, and `Child.stderr` is null. All that the program wrote
   * has come when `exited` resolves. The cheapest way where most programs write nothing.
   */
  readonly onStderr?: ((chunk: Buffer) => void) | undefined;
  /**
   * With 'pipe' for stdout: the program is expected to end within milliseconds, so its output is first looked at when it
   * has ended, or after some 10 ms. The cheapest way for programs that are started by the thousand.
   */
  readonly isBrief?: boolean | undefined;
}

/** getrlimit(2): bytes; seconds for `cpu`; a count for `files` and `processes`. */
export type ResourceName =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'files'
  | 'fsize'
  | 'memlock'
  | 'processes'
  | 'rss'
  | 'stack';

export type ResourceLimits = Readonly<Partial<Record<ResourceName, number | null>>>;

/** How a program ended: an exit status, or the signal that ended it. */
export interface Exit {
  readonly status: number | null;
  readonly signal: string | null;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** To the whole process group. Does nothing once the program has ended. */
  kill(signal: NodeJS.Signals): void;
  /** The ends of 'pipe' entries: [stdin to write, stdout to read, stderr to read]. */
  readonly stdin: import('node:stream').Writable | null;
  readonly stdout: import('node:stream').Readable | null;
  readonly stderr: import('node:stream').Readable | null;
}
