/** Passwords as people type them, made into bytes. */

/** A password that cannot be one. The message does not repeat it. */
export class PasswordError extends Error {
  override readonly name = 'PasswordError';
}

export const maxPasswordBytes = 1024;

/**
 * RFC 8265 4.2 (OpaqueString): NFC, every kind of space as U+0020, no control characters. What one keyboard makes of "é" is
 * then the same as what another does. Throws PasswordError.
 */
export function preparePassword(password: string): Buffer {
  if (!password.isWellFormed()) throw new PasswordError('a password is Unicode text');
  const bytes = Buffer.from(prepare(password));
  if (bytes.length === 0 || bytes.length > maxPasswordBytes) {
    throw new PasswordError(`a password has 1 to ${maxPasswordBytes} bytes`);
  }
  if (/\p{Cc}/u.test(password)) throw new PasswordError('a password has no control characters');
  return bytes;
}

/**
 * The bytes that a stored password may have been made of: the prepared ones, and those that were sent, because htpasswd(1) and
 * its like prepare nothing. Both are the same for nearly everybody. Empty: this is no password.
 */
export function passwordCandidates(password: string): readonly Buffer[] {
  if (!password.isWellFormed()) return [];
  const prepared = prepare(password);
  const texts = prepared === password ? [password] : [prepared, password];
  return texts
    .map((text) => Buffer.from(text))
    .filter((bytes) => bytes.length >= 1 && bytes.length <= maxPasswordBytes);
}

function prepare(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
