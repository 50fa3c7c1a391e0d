import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const isRoot = process.getuid?.() === 0;

/** Null: it is not here. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  // The system's python, because it is the one with the system's packages.
  const paths = (name === 'python3' ? ['/usr/bin', ...folders] : folders).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** A file of this folder. */
export const benchFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
