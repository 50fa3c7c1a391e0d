import { randomFillSync } from 'node:crypto';

// 32 characters without the ones that are mistaken for others when read aloud.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 9;
const randomLength = 11;

export const itemId = /^[0-9a-hjkmnp-tv-z]{20}$/;

const pool = Buffer.alloc(randomLength * 256);
let used = pool.length;

/** 20 characters: the time, so that names of files are in the order in which they came, and 55 bits that nobody can guess. */
export function newItemId(now: number = Date.now()): string {
  let time = '';
  for (let rest = now; time.length < timeLength; rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time;
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let random = '';
  for (const end = used + randomLength; used < end; used += 1) random += alphabet[(pool[used] ?? 0) & 31];
  return time + random;
}
