import type { Duplex } from 'node:stream';

import { write } from '../../wire/room.ts';

/** What is said to the peer: gathered, and sent in large pieces as the peer takes them. */
export interface Out {
  /** Characters are bytes (latin1). */
  text(text: string): void;
  bytes(bytes: Buffer): void;
  /** Sends what has been gathered if it is much. False: the peer is gone. */
  ready(): Promise<boolean>;
  /** Sends all of it. */
  flush(): Promise<boolean>;
}

const enoughBytes = 32_768;

export function createOut(stream: Duplex): Out {
  let waiting: Buffer[] = [];
  let text = '';
  let waitingBytes = 0;
  const out: Out = {
    text(more) {
      text += more;
      waitingBytes += more.length;
    },
    bytes(bytes) {
      settleText();
      waiting.push(bytes);
      waitingBytes += bytes.length;
    },
    async ready() {
      return waitingBytes < enoughBytes || out.flush();
    },
    async flush() {
      settleText();
      const [first] = waiting;
      const bytes = waiting.length === 1 && first !== undefined ? first : Buffer.concat(waiting);
      [waiting, waitingBytes] = [[], 0];
      if (bytes.length > 0) await write(stream, bytes);
      return !stream.destroyed && stream.writable;
    },
  };
  return out;

  function settleText(): void {
    if (text !== '') waiting.push(Buffer.from(text, 'latin1'));
    text = '';
  }
}
