import { createGathered } from '../../wire/gathered.ts';
import { maxLineBytes, type CommandReader } from './command-reader.ts';

// A command is lines with literals between them (RFC 9051 4.3, RFC 7888). All of it is held in memory, and so bounded; but
// the message of an APPEND, which stays where it is until somebody knows where to put it.

/** Text of a line (latin1), or a literal. */
export type Piece = string | Buffer;

export interface Incoming {
  readonly pieces: readonly Piece[];
  /** What is wrong with it; the rest of the command was passed over. null: nothing. */
  readonly flaw: string | null;
  /** A literal that is still to be read, and the rest of its line behind it; null: there is none. */
  readonly message: Literal | null;
}

export interface Literal {
  readonly size: number;
  /** The peer waits to be asked for it. */
  readonly isAwaited: boolean;
}

export interface IncomingOptions {
  readonly reader: CommandReader;
  /** Asks the peer for a literal. */
  ask(): Promise<void>;
  /** Whether the literal that follows these pieces is a message. */
  isMessage(pieces: readonly Piece[]): boolean;
}

export const maxLiteralBytes = 65_536;
const maxLiterals = 256;

/** null: there are no more. */
export async function readIncoming({ reader, ask, isMessage }: IncomingOptions): Promise<Incoming | null> {
  const pieces: Piece[] = [];
  let flaw: string | null = null;
  let [lineBytes, literalBytes] = [0, 0];
  for (;;) {
    const line = await reader.line();
    if (line === null) return null;
    if (line === 'overlong') return { pieces, flaw: 'The line is too long', message: null };
    const { text, literal } = takeLiteral(line.toString('latin1'));
    lineBytes += line.length;
    if (lineBytes > maxLineBytes) flaw ??= 'The line is too long';
    if (flaw === null) pieces.push(text);
    if (literal === null) return { pieces, flaw, message: null };
    if (flaw === null && isMessage(pieces)) return { pieces, flaw, message: literal };
    literalBytes += literal.size;
    if (literalBytes > maxLiteralBytes) flaw ??= 'The literal is too large';
    if (pieces.length > 2 * maxLiterals) flaw ??= 'There are too many literals';
    // It waits to be asked: unasked, it goes on with another command.
    if (flaw !== null && literal.isAwaited) return { pieces, flaw, message: null };
    if (literal.isAwaited) await ask();
    const bytes = await takeBytes(reader, literal.size, flaw === null);
    if (bytes === null) return null;
    if (flaw === null) pieces.push(bytes);
  }
}

function takeLiteral(line: string): { readonly text: string; readonly literal: Literal | null } {
  const [whole = '', size = '', plus = ''] = /~?\{(\d{1,15})(\+?)\}$/.exec(line) ?? [];
  if (whole === '') return { text: line, literal: null };
  return { text: line.slice(0, -whole.length), literal: { size: Number(size), isAwaited: plus === '' } };
}

/** `isKept` false: they are passed over. null: the peer has gone. */
async function takeBytes(reader: CommandReader, size: number, isKept: boolean): Promise<Buffer | null> {
  const kept = createGathered();
  let taken = 0;
  for await (const part of reader.bytes(size)) {
    taken += part.length;
    if (isKept) kept.add(part);
  }
  return taken < size ? null : Buffer.concat(kept.take());
}
