import { PeerError } from '../../../contract/errors.ts';
import type { Channel } from 'ssh2';
import type { Output } from '../output.ts';

/** Both directions of a channel, as scp uses them: lines, single bytes, and the bytes of files. */
export interface Wire {
  /** Without its end; null when there are no more. */
  line(): Promise<string | null>;
  /** One that is not more than this; null when there are no more. */
  some(maxBytes: number): Promise<Buffer | null>;
  send(bytes: Buffer | string, sent?: () => void): Promise<void>;
  /** The peer has said that it goes on. False: it cannot do what was just said; null: it has gone. */
  isAccepted(): Promise<boolean | null>;
}

const maxLineBytes = 4096;
const lf = 10;

export function createWire(channel: Channel, output: Output): Wire {
  // After the peer's last byte there is still an exit status to be told.
  const chunks = channel.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let kept: Buffer = Buffer.alloc(0);
  const wire: Wire = {
    async line() {
      for (;;) {
        const end = kept.indexOf(lf);
        if (end > maxLineBytes || (end < 0 && kept.length > maxLineBytes))
          throw new PeerError('a line of scp is too long');
        if (end >= 0) {
          const line = kept.toString('utf8', 0, end);
          kept = kept.subarray(end + 1);
          return line;
        }
        if (!(await more())) return null;
      }
    },
    async some(maxBytes) {
      if (kept.length === 0 && !(await more())) return null;
      const part = kept.subarray(0, maxBytes);
      kept = kept.subarray(part.length);
      return part;
    },
    async send(bytes, sent) {
      await output.send(Buffer.from(bytes as Buffer), sent);
    },
    async isAccepted() {
      const answer = await wire.some(1);
      if (answer === null) return null;
      if (answer[0] === 0) return true;
      await wire.line();
      return false;
    },
  };
  return wire;

  async function more(): Promise<boolean> {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    kept = kept.length === 0 ? value : Buffer.concat([kept, value]);
    return true;
  }
}
