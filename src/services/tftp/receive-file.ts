import type { Link } from './link.ts';
import type { Terms } from './negotiate.ts';
import { ackPacket, blockOf, errorCodes, oackPacket, opcodes } from './packet.ts';
import { createWaiting, type Patience } from './patience.ts';
import { throwIfError } from './send-file.ts';
import { TransferError } from './transfer-error.ts';

export interface Receiving {
  readonly link: Link;
  readonly terms: Terms;
  readonly patience: Patience;
  /** Resolves when more may come; the chunk is its own from now on. */
  readonly write: (chunk: Buffer) => Promise<void> | void;
  /** Resolves when all of it is on disk: only then the last block is acknowledged. */
  readonly commit: () => Promise<void>;
  /** The peer has sent something: it is real, and has begun. */
  readonly began: () => void;
}

/** Takes a file in, window by window (RFC 7440; a window of one is RFC 1350). Resolves when the peer will not ask again. */
export async function receiveFile({ link, terms, patience, write, commit, began }: Receiving): Promise<void> {
  const { blockSize, windowSize, acknowledged } = terms;
  const waiting = createWaiting(patience, terms);
  // Blocks that have come. They are counted on, though their numbers go round.
  let done = 0;
  let sinceAck = 0;
  let isGapTold = false;
  let last = acknowledged === null ? ackPacket(0) : oackPacket(acknowledged);
  const acknowledge = (): void => {
    last = ackPacket(done);
    sinceAck = 0;
    link.send(last);
  };
  link.send(last);
  for (;;) {
    const packet = await link.receive(waiting.left());
    if (packet === null) {
      if (waiting.left() > 0) continue;
      if (!waiting.again()) throw new TransferError('the peer does not answer');
      // RFC 7440 4: the end of the window was lost.
      if (sinceAck > 0) acknowledge();
      else link.send(last);
      continue;
    }
    const block = blockOf(packet, opcodes.data);
    if (block === null) {
      throwIfError(packet);
      continue;
    }
    const ahead = (block - done - 1) & 0xffff;
    if (ahead !== 0) {
      // The one that was acknowledged last: the peer did not hear it.
      if (ahead === 0xffff && sinceAck === 0 && done > 0) link.send(last);
      else if (ahead < windowSize && !isGapTold) {
        isGapTold = true;
        acknowledge();
      }
      continue;
    }
    if (packet.length - 4 > blockSize) {
      throw new TransferError('a block was too long', { code: errorCodes.illegal, message: 'Block too long' });
    }
    await write(packet.subarray(4));
    if (done === 0) began();
    done += 1;
    sinceAck += 1;
    isGapTold = false;
    if (packet.length - 4 < blockSize) break;
    if (sinceAck >= windowSize) acknowledge();
    waiting.restart();
  }
  await commit();
  acknowledge();
  await dally(link, done, last, terms.timeoutMs === null ? patience.dallyMs : 2 * terms.timeoutMs);
}

/** RFC 1350 6: the last acknowledgement may be lost, and the last block come again. */
async function dally(link: Link, done: number, last: Buffer, ms: number): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    // Whoever wants its place may have it.
    const packet = await link.receive(left).catch(() => undefined);
    if (packet === undefined) return;
    if (packet !== null && blockOf(packet, opcodes.data) === (done & 0xffff)) link.send(last);
  }
}
