import type { Libc } from './libc.ts';

/**
 * argv and envp as C wants them, in two blocks of memory that every call uses again: valid until the next call, which
 * is long enough for posix_spawn.
 */
export function wordBlock(
  c: Libc,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): { argv: Uint32Array; envp: Uint32Array } {
  const variables: string[] = [];
  for (const name in env) variables.push(`${name}=${env[name]}`);
  const pointersNeeded = argv.length + variables.length + 2;
  let bytesNeeded = 0;
  // Three bytes of UTF-8 are the most that one unit of UTF-16 can become.
  for (const word of argv) bytesNeeded += word.length * 3 + 1;
  for (const word of variables) bytesNeeded += word.length * 3 + 1;
  if (text.length < bytesNeeded) {
    text = Buffer.alloc(bytesNeeded * 2);
    textAt = undefined;
  }
  if (pointers.length < pointersNeeded * 2) pointers = new Uint32Array(new ArrayBuffer(pointersNeeded * 16));
  textAt ??= Number(c.addressOf(text));

  let offset = 0;
  let at = 0;
  const add = (word: string): void => {
    // A double holds any address (48 or 52 bits) exactly; little-endian halves.
    const address = textAt! + offset;
    pointers[at++] = address % 2 ** 32;
    pointers[at++] = Math.floor(address / 2 ** 32);
    offset += text.write(word, offset);
    text[offset++] = 0;
  };
  const end = (): void => {
    pointers[at++] = 0;
    pointers[at++] = 0;
  };
  argv.forEach(add);
  end();
  const envAt = at;
  variables.forEach(add);
  end();
  return { argv: pointers, envp: pointers.subarray(envAt) };
}

let text = Buffer.alloc(16 * 1024);
let textAt: number | undefined;
let pointers = new Uint32Array(new ArrayBuffer(4096));
