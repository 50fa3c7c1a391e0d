/** Makes line endings of others of ours, or the other way round, chunk by chunk. */
export interface Translation {
  /** May give the chunk itself. */
  (chunk: Buffer): Buffer;
  /** What was kept back because its meaning was open. */
  end(): Buffer;
}

const [cr, lf] = [0x0d, 0x0a];
const nothing = Buffer.alloc(0);

// As one-byte text: V8's searching and replacing is native, and a loop over bytes with a chunk's copy of its own is not faster.

/** RFC 959 3.1.1.1: CRLF becomes LF. A CR that stands alone stays. */
export function asciiIn(): Translation {
  let held = false;
  const translate = (chunk: Buffer): Buffer => {
    if (chunk.length === 0) return chunk;
    const endsOpen = chunk.at(-1) === cr;
    if (!held && !chunk.includes(cr)) return chunk;
    const text = (held ? '\r' : '') + chunk.toString('latin1', 0, endsOpen ? chunk.length - 1 : chunk.length);
    held = endsOpen;
    return Buffer.from(text.split('\r\n').join('\n'), 'latin1');
  };
  return Object.assign(translate, {
    end() {
      const rest = held ? Buffer.of(cr) : nothing;
      held = false;
      return rest;
    },
  });
}

/** LF becomes CRLF, but where a CR stands before it: files from Windows go out as they are. */
export function asciiOut(): Translation {
  let followsCr = false;
  const translate = (chunk: Buffer): Buffer => {
    if (chunk.length === 0) return chunk;
    const isPaired = followsCr && chunk[0] === lf;
    followsCr = chunk.at(-1) === cr;
    if (!chunk.includes(lf)) return chunk;
    const text = chunk.toString('latin1', isPaired ? 1 : 0).replace(/\r?\n/g, '\r\n');
    return Buffer.from(isPaired ? `\n${text}` : text, 'latin1');
  };
  return Object.assign(translate, { end: () => nothing });
}
