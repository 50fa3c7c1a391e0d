import { exitCodes, ExitError } from '../contract/errors.ts';
import { readPassword } from './password-input.ts';
import type { Terminal } from './terminal.ts';

/** What is to be stored of a password that comes from stdin. */
export async function hashFromInput(terminal: Pick<Terminal, 'input' | 'err'>): Promise<string> {
  const password = await readPassword(terminal);
  const [{ hashPassword }, { PasswordError }] = await Promise.all([
    import('../accounts/password.ts'),
    import('../accounts/password-text.ts'),
  ]);
  try {
    return await hashPassword(password);
  } catch (error) {
    if (error instanceof PasswordError) throw new ExitError(exitCodes.usage, error.message);
    throw error;
  }
}
