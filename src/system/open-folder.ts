import fs from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it, where there are none. Those that root makes can be gone through by everybody, whatever the
 * umask is: workers of other users have to reach what is theirs below it.
 */
export function makeOpenFolder(path: string): void {
  const first = fs.mkdirSync(path, { recursive: true, mode: 0o755 });
  if (first === undefined || process.getuid?.() !== 0) return;
  for (let made = resolve(path); ; made = dirname(made)) {
    fs.chmodSync(made, 0o755);
    if (made === resolve(first)) return;
  }
}
