import { randomFillSync } from 'node:crypto';

const bytes = 8;
// Asking for a few bytes costs as much as for many.
const pool = Buffer.alloc(bytes * 256);
let used = pool.length;

/** 16 hexadecimal digits that nobody can tell before. */
export function randomName(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
