import type { DatagramBytes } from '../../contract/session.ts';

/** The way to the peer of a transfer and back. */
export interface Link {
  send(bytes: DatagramBytes): void;
  /** The next packet of the peer; null when none has come within this time. Throws what `end` was given. */
  receive(ms: number): Promise<Buffer | null>;
  /** Nothing is received any more. */
  end(error: Error): void;
  close(): void;
}

/** Packets that wait to be looked at. */
export interface Inbox extends Pick<Link, 'receive' | 'end'> {
  push(packet: Buffer): void;
}

// What a peer may send ahead of us: twice the largest window, and the same packet again and again.
export const maxWaitingPackets = 256;
export const maxWaitingBytes = 1 << 20;

export function createInbox(): Inbox {
  const packets: Buffer[] = [];
  let bytes = 0;
  let ended: Error | null = null;
  let wake: () => void = () => {};

  const take = (): Buffer | null => {
    const packet = packets.shift() ?? null;
    bytes -= packet?.length ?? 0;
    return packet;
  };
  return {
    push(packet) {
      if (packets.length >= maxWaitingPackets || bytes + packet.length > maxWaitingBytes) return;
      packets.push(packet);
      bytes += packet.length;
      wake();
    },
    async receive(ms) {
      if (ended === null && packets.length === 0 && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = () => {};
      }
      if (ended !== null) throw ended;
      return take();
    },
    end(error) {
      ended ??= error;
      wake();
    },
  };
}
