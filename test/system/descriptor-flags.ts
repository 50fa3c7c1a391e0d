import { readFileSync } from 'node:fs';

/** The flags of an open descriptor, close-on-exec (0o2000000) among them, from proc(5). */
export function flagsOf(fd: number): number {
  return Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))![1]!, 8);
}
