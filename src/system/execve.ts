import { accessSync, constants, statSync } from 'node:fs';

import { quietly } from './quietly.ts';

/**
 * Becomes another program, with the same pid and the descriptors that are not close-on-exec (0, 1 and 2 stay). Throws
 * when the program is none; where execve(2) itself fails after that, Node ends the process.
 */
export function replaceProgram(path: string, argv: readonly string[], env: Readonly<Record<string, string>>): never {
  accessSync(path, constants.X_OK);
  if (!statSync(path).isFile()) throw new Error(`${path} is not a program`);
  if (process.execve === undefined) throw new Error('becoming another program (process.execve) is not possible here');
  return quietly(() => process.execve!(path, argv, env));
}
