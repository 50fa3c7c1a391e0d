// Large buffers that go from one transfer to the next: to make one costs more than a small file.

const bytes = 512 * 1024;
const maxKept = 8;
const kept: Buffer[] = [];

export function takeBuffer(): Buffer {
  return kept.pop() ?? Buffer.allocUnsafeSlow(bytes);
}

/** Only what nobody can still be reading or writing: after a transfer that broke off, it is left to the collector instead. */
export function giveBuffer(buffer: Buffer): void {
  if (kept.length < maxKept) kept.push(buffer);
}
