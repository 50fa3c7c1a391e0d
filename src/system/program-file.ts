import { accessSync, constants, statSync } from 'node:fs';

import { programPaths } from './find-program.ts';

/** Why a program, named by its absolute path or a name to look for in PATH, cannot be started; null when it can. */
export function whyNoProgram(path: string, searchPath: string | undefined = process.env['PATH']): string | null {
  const reasons = programPaths(path, searchPath).map(whyNot);
  if (reasons.includes(null)) return null;
  const found = reasons.find((reason) => reason !== missing);
  return found ?? (path.startsWith('/') ? missing : 'there is no such program in PATH');
}

const missing = 'there is no such file';

function whyNot(path: string): string | null {
  try {
    if (!statSync(path).isFile()) return 'it is not a file';
    accessSync(path, constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'it is not executable' : missing;
  }
}
