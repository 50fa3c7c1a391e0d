import { randomFillSync } from 'node:crypto';

// 32 characters without the ones that are mistaken for others when read aloud: 12 of them are 60 bits.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const length = 12;
const pool = Buffer.alloc(length * 256);
let used = pool.length;

/** A new id of 12 characters, unique in practice across workers and restarts. */
export function newSessionId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = '';
  for (const end = used + length; used < end; used++) id += alphabet[(pool[used] as number) & 31];
  return id;
}
