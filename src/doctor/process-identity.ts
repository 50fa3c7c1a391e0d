import { readFileSync } from 'node:fs';

import { describeUser, type Identity } from './identity.ts';

/** Who a process is (proc(5)); null where that cannot be seen, or it has ended. */
export function processIdentity(pid: number): Identity | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return null;
  }
  // Four each: the real one, the one that counts, the saved one, and that for files.
  const numbers = (name: string): number[] =>
    (new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  const uid = numbers('Uid')[3];
  const gid = numbers('Gid')[3];
  if (uid === undefined || gid === undefined) return null;
  return { name: describeUser(uid), uid, gid, groups: new Set([gid, ...numbers('Groups')]) };
}
