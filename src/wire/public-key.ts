import { OptionError } from '../contract/options.ts';

/** A public key as OpenSSH writes it: "ssh-ed25519 AAAA… alice@laptop". */
export interface PublicKey {
  /** Type and base64, in one form for each key: what is compared. */
  readonly text: string;
  readonly comment: string;
}

const maxLine = 16_384;
const minRsaBits = 1024;

/** How many strings follow the type in the key itself (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4). */
const partsOf: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

/** Throws OptionError, which says what is expected and repeats nothing: it could be a private key. */
export function parsePublicKey(line: string): PublicKey {
  if (line.length > maxLine) throw new OptionError(`expected a public key of at most ${maxLine} characters`);
  const words = line.trim().split(/[ \t]+/);
  const [type = '', base64 = '', ...comment] = words;
  refuse(line, words);
  const blob = Buffer.from(base64, 'base64');
  const text = blob.toString('base64');
  const parts = readStrings(blob);
  const isWhole = text.replace(/=+$/, '') === base64.replace(/=+$/, '') && parts?.[0]?.toString('latin1') === type;
  if (!isWhole || parts.length !== 1 + (partsOf[type] ?? 0) || !isPlausible(type, parts)) {
    throw new OptionError(`expected a public key of type ${type}, but what follows the type is none (is it cut off?)`);
  }
  if (type === 'ssh-rsa' && (parts[2]?.length ?? 0) * 8 < minRsaBits) {
    throw new OptionError(`keys of type ssh-rsa with less than ${minRsaBits} bits are too weak`);
  }
  return { text: `${type} ${text}`, comment: comment.join(' ') };
}

function refuse(line: string, words: readonly string[]): void {
  const [type = ''] = words;
  if (Object.hasOwn(partsOf, type)) return;
  if (line.includes('PRIVATE KEY')) throw new OptionError('expected a public key, got a private one');
  if (type === 'ssh-dss')
    throw new OptionError('keys of type ssh-dss are too weak: make one with ssh-keygen -t ed25519');
  if (type.startsWith('sk-')) throw new OptionError('keys of hardware tokens (sk-…) are not taken');
  if (/-cert-v\d\d@openssh\.com$/.test(type)) throw new OptionError('expected a public key, got a certificate');
  if (words.some((word) => Object.hasOwn(partsOf, word))) {
    throw new OptionError('expected a public key without options before its type');
  }
  throw new OptionError('expected a public key such as "ssh-ed25519 AAAA… alice@laptop"');
}

/** RFC 4251 5: each with its length before it. null when the bytes do not end with one. */
function readStrings(blob: Buffer): Buffer[] | null {
  const strings: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    if (blob.length - at < 4) return null;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return null;
    strings.push(blob.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

function isPlausible(type: string, [, first, second]: readonly Buffer[]): boolean {
  if (type === 'ssh-ed25519') return first?.length === 32;
  if (type === 'ssh-rsa') return true;
  return first?.toString('latin1') === type.slice('ecdsa-sha2-'.length) && (second?.length ?? 0) > 64;
}
