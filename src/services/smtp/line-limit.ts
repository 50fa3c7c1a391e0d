import { SmtpReply } from './reply.ts';

// RFC 5321 4.5.3.1.6 has 1000, and many programs write more. Nobody writes this much.
const maxLineBytes = 65_536;
const lf = 10;

/** Lets no line pass that is too long for anything that reads lines. Throws an SmtpReply. */
export function createLineLimit(): { look(chunk: Buffer): void } {
  let length = 0;
  return {
    look(chunk) {
      const first = chunk.indexOf(lf);
      // Mostly so: none can be too long, and where they end need not be known.
      if (length + first < maxLineBytes && chunk.length - first <= maxLineBytes && first !== -1) {
        length = chunk.length - chunk.lastIndexOf(lf) - 1;
        return;
      }
      let at = 0;
      for (let end = chunk.indexOf(lf); end !== -1; end = chunk.indexOf(lf, at)) {
        add(end + 1 - at);
        length = 0;
        at = end + 1;
      }
      add(chunk.length - at);
    },
  };

  /** Counted with the line ending. */
  function add(bytes: number): void {
    length += bytes;
    if (length > maxLineBytes) throw new SmtpReply(554, `5.6.0 A line is longer than ${maxLineBytes} bytes`);
  }
}
