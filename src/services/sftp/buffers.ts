/**
 * Buffers of one size that are used again: those that pass through here would otherwise be the garbage of every transfer.
 */
export interface Buffers {
  /** Of this length, with anything in it. */
  take(length: number): Buffer;
  /** Nobody looks at it any more. One that is not from here, or a part of one, does no harm. */
  give(buffer: Buffer): void;
}

export function createBuffers({ bytes, kept }: { readonly bytes: number; readonly kept: number }): Buffers {
  const free: ArrayBuffer[] = [];
  const taken = new WeakSet<ArrayBufferLike>();
  return {
    take(length) {
      if (length > bytes) return Buffer.allocUnsafeSlow(length);
      const whole = free.pop() ?? Buffer.allocUnsafeSlow(bytes).buffer;
      taken.add(whole);
      return Buffer.from(whole, 0, length);
    },
    give({ buffer }) {
      if (!taken.delete(buffer) || free.length >= kept) return;
      free.push(buffer as ArrayBuffer);
    },
  };
}
