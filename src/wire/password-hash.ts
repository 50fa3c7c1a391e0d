import { OptionError } from '../contract/options.ts';

/**
 * Stored passwords, taken apart: PHC strings of argon2id and scrypt, and the strings of crypt(3). Read strictly and with bounds,
 * so that nothing written in a file can keep the daemon busy. No message repeats what was written.
 */
export type PasswordHash = Argon2Hash | ScryptHash | CryptHash;

/** RFC 9106. */
export interface Argon2Hash {
  readonly kind: 'argon2id';
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

/** RFC 7914. */
export interface ScryptHash {
  readonly kind: 'scrypt';
  /** N, a power of two. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

export interface CryptHash {
  readonly kind: 'crypt';
  /** Method, parameters and salt, as crypt(3) takes them. */
  readonly setting: string;
  readonly digest: string;
}

const maxMemoryBytes = 256 * 1024 ** 2;
const maxMemoryKiB = maxMemoryBytes / 1024;
const maxPasses = 16;
const maxParallelism = 16;
const maxScryptWork = 4 * (maxMemoryBytes / 128);
const maxBcryptCost = 14;
const maxRounds = 1_000_000;
const maxText = 512;
const bytesOfSalt = { min: 8, max: 64 };
const bytesOfDigest = { min: 16, max: 64 };

/** Throws OptionError, which says what is expected; `advice` tells how to come by another. */
export function parsePasswordHash(text: string, advice = howToMakeOne): PasswordHash {
  if (text.length > maxText) throw new OptionError(`expected a password hash of at most ${maxText} characters`);
  const [, method = ''] = /^\$([a-z0-9-]+)\$/.exec(text) ?? [];
  const parse = parsers[method];
  if (parse !== undefined) return parse(text);
  const refusal = refusals[method] ?? refusals[schemeOf(text)];
  if (refusal !== undefined) throw new OptionError(`${refusal}: ${advice}`);
  throw new OptionError(`expected a password hash that begins with ${known}: ${advice}`);
}

const known = '$argon2id$, $scrypt$, $2b$, $5$, $6$ or $y$';
const howToMakeOne =
  'set a new password with "portico user password NAME", or make a hash with "portico hash-password"';

/** What was written in other days, and is worth a word. */
const refusals: Readonly<Record<string, string>> = {
  argon2i: '$argon2i$ is not taken, $argon2id$ is',
  argon2d: '$argon2d$ is not taken, $argon2id$ is',
  '2x': '$2x$ marks hashes of a faulty bcrypt',
  '1': 'MD5-crypt ($1$) is too weak',
  apr1: "Apache's MD5 ($apr1$) is too weak",
  '7': '$7$ is not taken, the PHC string $scrypt$ is',
  sha: '{SHA} is too weak',
  des: 'DES-crypt is too weak',
};

function schemeOf(text: string): string {
  if (/^\{s?sha/i.test(text)) return 'sha';
  return /^[./0-9A-Za-z]{13}$/.test(text) || /^_[./0-9A-Za-z]{19}$/.test(text) ? 'des' : '';
}

const parsers: Readonly<Record<string, (text: string) => PasswordHash>> = {
  argon2id: parseArgon2,
  scrypt: parseScrypt,
  '2a': parseBcrypt,
  '2b': parseBcrypt,
  '2y': parseBcrypt,
  '5': (text) => parseSha(text, 43),
  '6': (text) => parseSha(text, 86),
  y: parseYescrypt,
  gy: parseYescrypt,
};

function parseArgon2(text: string): Argon2Hash {
  const form = '"$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH"';
  const match = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([^$]+)\$([^$]+)$/.exec(text);
  if (match === null) throw new OptionError(`expected an argon2id hash of the form ${form}`);
  const [, m = '', t = '', p = ''] = match;
  const parallelism = within('argon2id with p', p, 1, maxParallelism);
  return {
    kind: 'argon2id',
    // RFC 9106 3.1: at least eight blocks of 1 KiB for each lane.
    memory: within('argon2id with m', m, 8 * parallelism, maxMemoryKiB),
    passes: within('argon2id with t', t, 1, maxPasses),
    parallelism,
    salt: decode('argon2id with a salt', match[4] ?? '', bytesOfSalt),
    digest: decode('argon2id with a hash', match[5] ?? '', bytesOfDigest),
  };
}

function parseScrypt(text: string): ScryptHash {
  const form = '"$scrypt$ln=15,r=8,p=1$SALT$HASH"';
  const match = /^\$scrypt\$ln=(\d{1,9}),r=(\d{1,9}),p=(\d{1,9})\$([^$]+)\$([^$]+)$/.exec(text);
  if (match === null) throw new OptionError(`expected a scrypt hash of the form ${form}`);
  const [, ln = '', r = '', p = ''] = match;
  const cost = 2 ** within('scrypt with ln', ln, 1, 20);
  const blockSize = within('scrypt with r', r, 1, 32);
  const parallelism = within('scrypt with p', p, 1, maxParallelism);
  if (128 * cost * blockSize > maxMemoryBytes) throw new OptionError('expected scrypt that takes at most 256MB');
  if (cost * blockSize * parallelism > maxScryptWork) {
    throw new OptionError('expected scrypt that takes at most four times the work of 256MB');
  }
  const salt = decode('scrypt with a salt', match[4] ?? '', bytesOfSalt);
  const digest = decode('scrypt with a hash', match[5] ?? '', bytesOfDigest);
  return { kind: 'scrypt', cost, blockSize, parallelism, salt, digest };
}

function parseBcrypt(text: string): CryptHash {
  const match = /^(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/.exec(text);
  if (match === null) throw new OptionError('expected a bcrypt hash of the form "$2b$10$…", 60 characters');
  const cost = Number(match[2]);
  if (cost < 4 || cost > maxBcryptCost) throw new OptionError(`expected bcrypt with a cost from 4 to ${maxBcryptCost}`);
  return { kind: 'crypt', setting: match[1] ?? '', digest: match[3] ?? '' };
}

function parseSha(text: string, digits: number): CryptHash {
  const match = /^(\$[56]\$(?:rounds=(\d{1,9})\$)?[./A-Za-z0-9]{1,16}\$)([./A-Za-z0-9]+)$/.exec(text);
  if (match?.[3]?.length !== digits) {
    const form = text.slice(0, 3);
    throw new OptionError(`expected a hash of the form "${form}SALT$HASH" with ${digits} characters of HASH`);
  }
  if (match[2] !== undefined) within(`${text.slice(0, 3)} with rounds`, match[2], 1000, maxRounds);
  return { kind: 'crypt', setting: match[1] ?? '', digest: match[3] };
}

function parseYescrypt(text: string): CryptHash {
  const match = /^(\$g?y\$j([./0-9A-Za-j])([./0-9A-Za-j])\$[./A-Za-z0-9]{1,86}\$)([./A-Za-z0-9]{43})$/.exec(text);
  if (match === null) throw new OptionError('expected a yescrypt hash of the form "$y$j9T$SALT$HASH"');
  // One digit each: the logarithm of N, less one; r, less one.
  const cost = 2 ** (digits64.indexOf(match[2] ?? '') + 1);
  const blockSize = digits64.indexOf(match[3] ?? '') + 1;
  if (128 * cost * blockSize > maxMemoryBytes) throw new OptionError('expected yescrypt that takes at most 256MB');
  return { kind: 'crypt', setting: match[1] ?? '', digest: match[4] ?? '' };
}

const digits64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** PHC: decimal, without leading zeros. */
function within(what: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (String(number) !== text || number < min || number > max) {
    throw new OptionError(`expected ${what} from ${min} to ${max}`);
  }
  return number;
}

/** PHC's base64: no padding, and nothing left over in the last character. */
function decode(what: string, text: string, { min, max }: { readonly min: number; readonly max: number }): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (encodePhc(bytes) !== text || bytes.length < min || bytes.length > max) {
    throw new OptionError(`expected ${what} of ${min} to ${max} bytes in base64 without "="`);
  }
  return bytes;
}

export function encodePhc(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
