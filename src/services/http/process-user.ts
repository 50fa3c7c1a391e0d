import { userInfo } from 'node:os';

/** Who this process is, for sentences about what it may not do. */
export function processUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as containers have.
    return `the user ${process.getuid?.() ?? '?'}`;
  }
}
