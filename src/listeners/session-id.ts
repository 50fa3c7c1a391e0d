import { randomFillSync } from 'node:crypto';

// 32 characters without the ones that are mistaken for others when read aloud: 12 of them are 60 bits.
const alphabet = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const length = 12;
const pool = Buffer.alloc(length * 256);
let used = pool.length;

/** A new id of 12 characters, unique in practice across workers and restarts. */
export function newSessionId(): string {
  if (used === pool.length) refill();
  used += length;
  return pool.toString('latin1', used - length, used);
}

function refill(): void {
  randomFillSync(pool);
  for (let i = 0; i < pool.length; i += 1) pool[i] = alphabet[pool[i]! & 31]!;
  used = 0;
}
