// A line from a peer to a command (RFC 1939 3, 5, 6, 7; RFC 2449 5; RFC 2595 4; RFC 5034 4). Pure: what may be done when is
// decided elsewhere.

export type Command =
  | { readonly verb: 'USER'; readonly name: string }
  | { readonly verb: 'PASS'; readonly password: string }
  /** `mechanism` null: which are there? `initial` null: it is asked for. */
  | { readonly verb: 'AUTH'; readonly mechanism: string | null; readonly initial: string | null }
  | { readonly verb: 'LIST' | 'UIDL'; readonly number: number | null }
  | { readonly verb: 'RETR' | 'DELE'; readonly number: number }
  | { readonly verb: 'TOP'; readonly number: number; readonly lines: number }
  | { readonly verb: 'CAPA' | 'STLS' | 'QUIT' | 'STAT' | 'NOOP' | 'RSET' };

/** `flaw`: what to tell a peer that said something else. */
export type Parsed = { readonly command: Command } | { readonly flaw: string };

/** RFC 2449 4 has 255 with the ending; names and passwords of accounts may be longer. */
export const maxCommandBytes = 1024;

export function parseCommand(line: Buffer): Parsed {
  if (line.length > maxCommandBytes) return { flaw: 'The line is too long' };
  const text = decode(line);
  if (text === null) return { flaw: 'The line is no text' };
  const [, word = '', rest] = /^([A-Za-z]{3,4})(?: (.*))?$/.exec(text) ?? [];
  const verb = word.toUpperCase();
  if (!isVerb(verb)) return { flaw: 'There is no such command' };
  const command = shapes[verb](rest ?? null);
  return command === null ? { flaw: `${verb} is not written like that` } : { command };
}

type Shape = (rest: string | null) => Command | null;

const shapes = {
  USER: (rest) => (rest === null || rest === '' ? null : { verb: 'USER', name: rest }),
  // RFC 1939 7: spaces are part of the password.
  PASS: (rest) => (rest === null ? null : { verb: 'PASS', password: rest }),
  AUTH(rest) {
    const [mechanism, initial, ...more] = wordsOf(rest);
    if (more.length > 0) return null;
    return { verb: 'AUTH', mechanism: mechanism?.toUpperCase() ?? null, initial: initial ?? null };
  },
  LIST: (rest) => withOptionalNumber('LIST', rest),
  UIDL: (rest) => withOptionalNumber('UIDL', rest),
  RETR: (rest) => withNumber('RETR', rest),
  DELE: (rest) => withNumber('DELE', rest),
  TOP(rest) {
    const [number, lines, ...more] = wordsOf(rest).map(numberOf);
    if (number == null || lines == null || more.length > 0) return null;
    return { verb: 'TOP', number, lines };
  },
  CAPA: (rest) => alone('CAPA', rest),
  STLS: (rest) => alone('STLS', rest),
  QUIT: (rest) => alone('QUIT', rest),
  STAT: (rest) => alone('STAT', rest),
  NOOP: (rest) => alone('NOOP', rest),
  RSET: (rest) => alone('RSET', rest),
} as const satisfies Readonly<Record<Command['verb'], Shape>>;

function isVerb(word: string): word is Command['verb'] {
  return Object.hasOwn(shapes, word);
}

function alone(verb: 'CAPA' | 'STLS' | 'QUIT' | 'STAT' | 'NOOP' | 'RSET', rest: string | null): Command | null {
  return wordsOf(rest).length === 0 ? { verb } : null;
}

function withNumber(verb: 'RETR' | 'DELE', rest: string | null): Command | null {
  const [number, ...more] = wordsOf(rest).map(numberOf);
  return number == null || more.length > 0 ? null : { verb, number };
}

function withOptionalNumber(verb: 'LIST' | 'UIDL', rest: string | null): Command | null {
  const [number, ...more] = wordsOf(rest).map(numberOf);
  return number === null || more.length > 0 ? null : { verb, number: number ?? null };
}

function wordsOf(rest: string | null): string[] {
  return (rest ?? '').split(' ').filter((word) => word !== '');
}

function numberOf(word: string): number | null {
  return /^\d{1,10}$/.test(word) ? Number(word) : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null where there are bytes that no text has. */
function decode(line: Buffer): string | null {
  try {
    const text = utf8.decode(line);
    return /[^\P{Cc}\t]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}
