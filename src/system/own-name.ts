import { userInfo } from 'node:os';

/** The name of the user that this process is; its number where it has none, as in many containers. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'this user');
  }
}
