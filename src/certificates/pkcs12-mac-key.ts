import { hash } from 'node:crypto';

export interface MacKeyInput {
  readonly password: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

const blockBytes = 64;
/** RFC 7292 B.3: the purpose is a key for a MAC. */
const purpose = 3;

/** The key of a PKCS#12 file's HMAC-SHA-256: RFC 7292 B.2, with one block of output. */
export function deriveMacKey({ password, salt, iterations }: MacKeyInput): Buffer {
  // B.1: UTF-16 with a zero at the end.
  const text = Buffer.concat([Buffer.from(password, 'utf16le').swap16(), Buffer.alloc(2)]);
  const input = Buffer.concat([Buffer.alloc(blockBytes, purpose), fill(salt), fill(text)]);
  let key = hash('sha256', input, 'buffer');
  for (let round = 1; round < iterations; round += 1) key = hash('sha256', key, 'buffer');
  return key;
}

/** Repeated to a whole number of blocks. */
function fill(bytes: Buffer): Buffer {
  const filled = Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes);
  for (let at = 0; at < filled.length; at += 1) filled[at] = bytes[at % bytes.length] ?? 0;
  return filled;
}
