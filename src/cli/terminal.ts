import { styleText, type InspectColor } from 'node:util';

/** Where a command is run: what it may write to, and what surrounds it. */
export interface Terminal {
  /** To stdout. Silent once its reader has gone. */
  out(text: string): void;
  /** To stderr. */
  err(text: string): void;
  /** Colours for people on a terminal; the text as it is when stdout is a pipe or $NO_COLOR is set. */
  style(format: Style, text: string): string;
  /** Aborted when whoever read stdout has gone. */
  readonly closed: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** stdin. Nothing is read before somebody asks. */
  readonly input: TerminalInput;
}

/** A stream of bytes; one with `isTTY` shows what is typed unless it is told otherwise. */
export type TerminalInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean | undefined;
  setRawMode?(isRaw: boolean): unknown;
};

/** A terminal that the process ends with. */
export interface ProcessTerminal extends Terminal {
  /** Resolves when what was written has gone out (to a pipe it goes piece by piece); false when some of it was lost. */
  flush(): Promise<boolean>;
}

export type Style = InspectColor | readonly InspectColor[];

export function createTerminal(): ProcessTerminal {
  const { stdout, stderr } = process;
  const closing = new AbortController();
  let isWhole = true;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    closing.abort();
    // `portico sessions --follow | head` is no failure, and a daemon goes on without what it prints at its start.
    if (error.code === 'EPIPE') return;
    isWhole = false;
    stderr.write(`portico: cannot write to stdout: ${error.message}\n`);
  });
  // Nobody is left who could be told.
  stderr.on('error', () => {});
  return {
    out(text) {
      if (!closing.signal.aborted) stdout.write(text);
    },
    err: (text) => void stderr.write(text),
    style: (format, text) => styleText(format, text, { stream: stdout }),
    closed: closing.signal,
    env: process.env,
    directory: process.cwd(),
    // Opened by Node when it is first looked at.
    get input() {
      return process.stdin;
    },
    async flush() {
      await Promise.all([stdout, stderr].map(written));
      // A failed write is told after it.
      await new Promise((resolve) => void setImmediate(resolve));
      return isWhole;
    },
  };
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
