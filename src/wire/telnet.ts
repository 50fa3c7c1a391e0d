// What a telnet program mixes into its text, taken out again. Untrusted bytes; the state is one word, whatever comes.

export interface TelnetFilter {
  /** The text in the chunk. The chunk itself when there was nothing to take out. */
  push(chunk: Buffer): Buffer;
}

/**
 * Swallows telnet commands and negotiation (RFC 854, 855) without answering: to an option that nobody takes up, silence is
 * a refusal. IAC IAC is the byte 0xFF. CR NUL, which some send for the return key, becomes CR LF (RFC 1123 3.3.1).
 */
export function createTelnetFilter(): TelnetFilter {
  let state: State = 'text';

  return {
    push(chunk) {
      if (isPlain(chunk, state)) {
        state = chunk[chunk.length - 1] === CR ? 'return' : 'text';
        return chunk;
      }
      const text = Buffer.allocUnsafe(chunk.length);
      let length = 0;
      for (const byte of chunk) {
        const step = advance(state, byte);
        state = step.state;
        if (step.text !== null) text[length++] = step.text;
      }
      return text.subarray(0, length);
    },
  };
}

/** Where in the stream we are: in text, after a CR, after IAC, before an option's number, in a subnegotiation, after IAC in one. */
type State = 'text' | 'return' | 'command' | 'option' | 'subnegotiation' | 'subcommand';

interface Step {
  readonly state: State;
  readonly text: number | null;
}

function advance(state: State, byte: number): Step {
  switch (state) {
    case 'return':
      if (byte === NUL) return { state: 'text', text: LF };
      return advance('text', byte);
    case 'text':
      if (byte === IAC) return { state: 'command', text: null };
      return { state: byte === CR ? 'return' : 'text', text: byte };
    case 'command':
      return command(byte);
    case 'option':
      return { state: 'text', text: null };
    case 'subnegotiation':
      return { state: byte === IAC ? 'subcommand' : 'subnegotiation', text: null };
    case 'subcommand':
      if (byte === IAC) return { state: 'subnegotiation', text: null };
      // Any other command than SE means that the end was forgotten: nothing after it shall be lost.
      return command(byte);
  }
}

function command(byte: number): Step {
  if (byte === IAC) return { state: 'text', text: IAC };
  if (byte === SB) return { state: 'subnegotiation', text: null };
  if (byte >= WILL) return { state: 'option', text: null };
  if (byte >= firstCommand) return { state: 'text', text: null };
  // Not telnet: a peer in some other encoding. Only the 0xFF goes, or the end of its line might be swallowed.
  return advance('text', byte);
}

const NUL = 0;
const LF = 10;
const CR = 13;
const firstCommand = 236; // EOF, RFC 1184
const SB = 250;
const WILL = 251;
const IAC = 255;

function isPlain(chunk: Buffer, state: State): boolean {
  return chunk.length > 0 && (state === 'text' || state === 'return') && !chunk.includes(IAC) && !chunk.includes(NUL);
}
