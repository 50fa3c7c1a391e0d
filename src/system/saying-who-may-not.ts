import { reasonOf } from '../contract/errors.ts';
import { ownName } from './own-name.ts';

/** Does it; where the system does not allow it, the error says to which user. */
export async function sayingWhoMayNot<T>(task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!isDenied(error)) throw error;
    throw new Error(`${reasonOf(error)} (this is done as the user ${ownName()})`, { cause: error });
  }
}

/** Itself, or by what has caused it. */
function isDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' || isDenied(error.cause);
}
