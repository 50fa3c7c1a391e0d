/** Exit codes of the command line (sysexits.h). */
export const exitCodes = {
  ok: 0,
  negative: 1,
  notRunning: 3,
  usage: 64,
  unavailable: 69,
  internal: 70,
  permission: 77,
  config: 78,
} as const;

/** One thing wrong with a configuration. Line and column are 1-based and point at the value (or the key, when that is the fault). */
export interface Mistake {
  /** "": the configuration is no file, but an object of a program. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document: "services.mail.max_size"; "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** How many characters the carets underline. */
  readonly length: number;
  /** Absent: whoever shows the mistake reads the file. Otherwise this is all that may be shown of it; null: nothing. */
  readonly excerpt?: Excerpt | null;
}

/** What may be shown of a file with secrets in it. */
export interface Excerpt {
  readonly line: string;
  /** The line before; null: there is none to show. */
  readonly before: string | null;
}

/** The operator's error: nothing of the configuration was applied. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];
  constructor(mistakes: readonly Mistake[]) {
    super(
      mistakes
        .map((mistake) => `${placeOf(mistake)}${mistake.path === '' ? '' : `${mistake.path}: `}${mistake.message}`)
        .join('\n'),
    );
    this.mistakes = mistakes;
  }
}

function placeOf({ file, line, column }: Mistake): string {
  return file === '' ? '' : `${file}:${line}:${column}: `;
}

/** The other side's error: answered in the protocol, counted, logged at info. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** Try again later: the retry logic acts on it. */
export class TemporaryError extends Error {
  override readonly name = 'TemporaryError';
  /** What the other side asks us to wait, milliseconds; null: it does not say. */
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** An error that ends the program with a certain exit code and needs no stack trace. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The text of anything thrown, for a log line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
