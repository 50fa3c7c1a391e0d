import { printable } from '../../wire/printable.ts';
import type { BlockSource } from './block-source.ts';
import type { Link } from './link.ts';
import type { Terms } from './negotiate.ts';
import { blockOf, dataHead, oackPacket, opcodes, parseError } from './packet.ts';
import { createWaiting, type Patience, type Waiting } from './patience.ts';
import { TransferError } from './transfer-error.ts';

export interface Sending {
  readonly link: Link;
  readonly source: BlockSource;
  readonly terms: Terms;
  readonly patience: Patience;
  /** The peer has answered: it is real, and has begun. */
  readonly began: () => void;
}

/** Sends a file, window by window (RFC 7440; a window of one is RFC 1350). Resolves with its bytes once the last block is acknowledged. */
export async function sendFile({ link, source, terms, patience, began }: Sending): Promise<number> {
  const { blockSize, windowSize, acknowledged } = terms;
  const waiting = createWaiting(patience, terms);
  if (acknowledged !== null) {
    await exchange({
      link,
      waiting,
      before: 0,
      blocks: 0,
      mayRepeat: false,
      send: () => link.send(oackPacket(acknowledged)),
    });
    began();
    waiting.restart();
  }
  // Blocks that were acknowledged. They are counted on, though their numbers go round.
  let done = 0;
  for (;;) {
    const position = done * blockSize;
    const bytes = await source.from(position, windowSize * blockSize);
    // RFC 1350 6: the last block is shorter than the others, and empty where it has to be.
    const isLast = bytes.length < windowSize * blockSize;
    const blocks = isLast ? Math.floor(bytes.length / blockSize) + 1 : windowSize;
    const send = (): void => {
      for (let block = 0; block < blocks; block += 1) {
        link.send([dataHead(done + block + 1), bytes.subarray(block * blockSize, (block + 1) * blockSize)]);
      }
    };
    const acked = await exchange({ link, waiting, before: done, blocks, mayRepeat: windowSize > 1, send });
    if (done === 0) began();
    done += acked;
    if (isLast && acked === blocks) return position + bytes.length;
    waiting.restart();
  }
}

interface Exchange {
  readonly link: Link;
  readonly waiting: Waiting;
  /** Blocks that were acknowledged before. */
  readonly before: number;
  /** That are sent; 0: an option acknowledgement, which block 0 acknowledges. */
  readonly blocks: number;
  /** A window may have lost its first block, and then the block before is acknowledged once more. */
  readonly mayRepeat: boolean;
  readonly send: () => void;
}

/** Sends until some of it is acknowledged; gives how many blocks. */
async function exchange({ link, waiting, before, blocks, mayRepeat, send }: Exchange): Promise<number> {
  let repeatsLeft = mayRepeat ? 1 : 0;
  send();
  for (;;) {
    const packet = await link.receive(waiting.left());
    if (packet === null) {
      if (waiting.left() > 0) continue;
      if (!waiting.again()) throw new TransferError('the peer does not answer');
      send();
      continue;
    }
    const block = blockOf(packet, opcodes.ack);
    if (block === null) {
      throwIfError(packet);
      continue;
    }
    const acked = (block - before) & 0xffff;
    if (acked === 0 && blocks === 0) return 0;
    if (acked >= 1 && acked <= blocks) return acked;
    // RFC 1123 4.2.3.1: what was acknowledged before is never sent again because of that, or each packet would be sent twice
    // from then on. For a window it can be news, once.
    if (acked !== 0 || repeatsLeft === 0) continue;
    repeatsLeft -= 1;
    send();
  }
}

/** The peer gives up: it is told nothing more. */
export function throwIfError(packet: Buffer): void {
  const error = parseError(packet);
  if (error === null) return;
  throw new TransferError(`the peer gives up: error ${error.code} ${printable(error.message, 100)}`.trimEnd());
}
