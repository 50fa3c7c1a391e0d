import { createHash, timingSafeEqual } from 'node:crypto';

// What a server is known by: a fingerprint ("SHA256:…", RFC 4648 base64 without "="), a public key as it stands in known_hosts
// and *.pub files ("ssh-ed25519 AAAA…"), or "any".

/** What is wrong with it, as the end of a sentence that begins with "expected"; null: nothing. */
export function flawOfHostKey(text: string): string | null {
  if (text === 'any' || /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(text)) return null;
  const blob = blobOf(text);
  if (blob === null) return '"SHA256:…", a key such as "ssh-ed25519 AAAA…", or any';
  return typeIn(blob) === text.split(' ')[0] ? null : 'a whole key: what it says it is does not stand in it';
}

/** Whether a server that shows this key (RFC 4253 6.6) is one of those that are known. */
export function isKnownHost(known: readonly string[], key: Buffer): boolean {
  const print = createHash('sha256').update(key).digest();
  return known.some((text) => {
    if (text === 'any') return true;
    const wanted = text.startsWith('SHA256:')
      ? Buffer.from(text.slice('SHA256:'.length), 'base64')
      : createHash('sha256')
          .update(blobOf(text) ?? Buffer.alloc(0))
          .digest();
    return wanted.length === print.length && timingSafeEqual(wanted, print);
  });
}

/** "SHA256:…" of a key, as ssh-keygen -l shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Kinds of keys that the server has to be asked for, because no other could be recognised; null: any. An RSA key signs with
 * SHA-2 only (RFC 8332).
 */
export function hostKeyAlgorithms(known: readonly string[]): readonly string[] | null {
  const types = known.map((text) => text.split(' ')[0] ?? '');
  if (types.some((type) => type === 'any' || type.startsWith('SHA256:'))) return null;
  return [...new Set(types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type])))];
}

const keyTypes = 'ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)';

function blobOf(text: string): Buffer | null {
  const [, , base64] = new RegExp(`^(${keyTypes}) ([A-Za-z0-9+/]{32,8192}={0,2})(?: .*)?$`).exec(text) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}

/** A key begins with its own type, as a string of RFC 4251 5. */
function typeIn(blob: Buffer): string {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  return length > 64 ? '' : blob.toString('latin1', 4, 4 + length);
}
