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
}

export type Style = InspectColor | readonly InspectColor[];

export function createTerminal(): Terminal {
  const { stdout, stderr } = process;
  const closing = new AbortController();
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `portico sessions --follow | head` is no failure.
    if (error.code !== 'EPIPE') throw error;
    closing.abort();
  });
  // Nobody is left who could be told.
  stderr.on('error', () => {});
  return {
    out(text) {
      if (!closing.signal.aborted) stdout.write(text);
    },
    err: (text) => void stderr.write(text),
    style: (format, text) => styleText(format as InspectColor, text, { stream: stdout }),
    closed: closing.signal,
    env: process.env,
    directory: process.cwd(),
  };
}
