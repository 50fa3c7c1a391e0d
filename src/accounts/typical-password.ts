import { parsePasswordHash, type PasswordHash } from '../wire/password-hash.ts';

/** Of stored passwords, one with the method and the parameters that most of them have; null when there is none to go by. */
export function createTypicalPassword(passwords: Iterable<string | null>): string | null {
  const groups = new Map<string, { readonly example: string; count: number }>();
  for (const password of passwords) {
    const cost = password === null ? null : costOf(password);
    if (password === null || cost === null) continue;
    const group = groups.get(cost);
    if (group === undefined) groups.set(cost, { example: password, count: 1 });
    else group.count += 1;
  }
  const [most] = [...groups.values()].toSorted((a, b) => b.count - a.count);
  return most?.example ?? null;
}

/** What decides how long it takes. null: it is no password hash, which whoever logs in with it will be told. */
function costOf(password: string): string | null {
  try {
    return describe(parsePasswordHash(password));
  } catch {
    return null;
  }
}

function describe(hash: PasswordHash): string {
  if (hash.kind === 'argon2id') return `argon2id ${hash.memory} ${hash.passes} ${hash.parallelism}`;
  if (hash.kind === 'scrypt') return `scrypt ${hash.cost} ${hash.blockSize} ${hash.parallelism}`;
  // "$2b$10$": bcrypt's salt follows the last "$". Elsewhere it stands between the last two.
  const isBcrypt = hash.setting.startsWith('$2');
  return isBcrypt
    ? hash.setting.slice(0, 7)
    : hash.setting.slice(0, hash.setting.lastIndexOf('$', hash.setting.length - 2));
}
