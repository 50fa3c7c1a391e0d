import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { crypt, CryptUnavailable } from '../system/crypt.ts';
import {
  encodePhc,
  parsePasswordHash,
  type Argon2Hash,
  type CryptHash,
  type PasswordHash,
  type ScryptHash,
} from '../wire/password-hash.ts';
import { passwordCandidates, preparePassword } from './password-text.ts';

// OWASP's recommendation for argon2id: 19 MB, two passes, one lane.
const parameters = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const digestBytes = 32;

/** A PHC string to store. Throws PasswordError for what cannot be a password. */
export async function hashPassword(password: string): Promise<string> {
  const message = preparePassword(password);
  const salt = randomBytes(saltBytes);
  const digest = await computeArgon2(message, { ...parameters, salt, digest: Buffer.alloc(digestBytes) });
  const { memory, passes, parallelism } = parameters;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encodePhc(salt)}$${encodePhc(digest)}`;
}

/**
 * Whether a stored password was made of this one. Throws OptionError when what is stored is no password hash, and CryptUnavailable
 * when it cannot be computed on this machine.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  return await verifyHash(password, parsePasswordHash(stored));
}

export async function verifyHash(password: string, hash: PasswordHash): Promise<boolean> {
  for (const bytes of passwordCandidates(password)) {
    if (await matches(bytes, hash)) return true;
  }
  return false;
}

/**
 * A hash that takes as long as `stored` and that no password fits: what a password is compared with where there is none, so that
 * the time it takes does not tell. null: as `hashPassword` makes them.
 */
export function createDecoy(stored: string | null): PasswordHash {
  if (stored === null) {
    const [salt, digest] = [randomBytes(saltBytes), randomBytes(digestBytes)];
    return { kind: 'argon2id', ...parameters, salt, digest };
  }
  const hash = parsePasswordHash(stored);
  if (hash.kind !== 'crypt') return { ...hash, digest: randomBytes(hash.digest.length) };
  // "-" is no digit of crypt(3).
  return { ...hash, digest: '-'.repeat(hash.digest.length) };
}

async function matches(password: Buffer, hash: PasswordHash): Promise<boolean> {
  if (hash.kind === 'crypt') return await matchesCrypt(password, hash);
  const digest = await (hash.kind === 'argon2id' ? computeArgon2(password, hash) : computeScrypt(password, hash));
  return timingSafeEqual(digest, hash.digest);
}

/** On libuv's threads. */
async function computeArgon2(
  message: Buffer,
  { memory, passes, parallelism, salt, digest }: Omit<Argon2Hash, 'kind'>,
): Promise<Buffer> {
  return await promisify(argon2)('argon2id', {
    message,
    nonce: salt,
    parallelism,
    memory,
    passes,
    tagLength: digest.length,
  });
}

async function computeScrypt(
  password: Buffer,
  { cost, blockSize, parallelism, salt, digest }: ScryptHash,
): Promise<Buffer> {
  // The grammar bounds it already; Node wants to be told as well.
  const maxmem = 256 * blockSize * (cost + parallelism);
  const options = { N: cost, r: blockSize, p: parallelism, maxmem };
  return await new Promise((resolve, reject) => {
    scrypt(password, salt, digest.length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

async function matchesCrypt(password: Buffer, { setting, digest }: CryptHash): Promise<boolean> {
  // crypt(3) would stop there, and take what comes before for the password.
  if (password.includes(0)) return false;
  const computed = await crypt(password, setting);
  if (computed === null) {
    // A password that is too long for the method (libxcrypt: 512 bytes) fits nothing; a method that it does not know is another matter.
    if ((await crypt(Buffer.from('x'), setting)) !== null) return false;
    throw new CryptUnavailable(`the system's libcrypt does not know hashes that begin with ${methodOf(setting)}`);
  }
  const [ours, theirs] = [Buffer.from(computed.slice(-digest.length)), Buffer.from(digest)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

function methodOf(setting: string): string {
  return setting.slice(0, setting.indexOf('$', 1) + 1);
}
