import type { Connection } from 'ssh2';

// What is offered, best first; among these the peer's preference decides (RFC 4253 7.1). Nothing with SHA-1, CBC or the curves of
// NIST. docs/decisions/0022-sftp-server.md tells why each is here.

export const keyExchanges = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
] as const;

/** Those that a key of each type can sign with. */
export const signaturesOf: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
};

const ciphersAtOnce = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'] as const;
export const ciphers = [...ciphersAtOnce, 'aes256-ctr', 'aes128-ctr'] as const;

const macsOfEncrypted = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'] as const;
// libssh2 before 1.11 (curl of Debian 12) knows none that is computed over the encrypted text.
export const macs = [...macsOfEncrypted, 'hmac-sha2-256', 'hmac-sha2-512'] as const;

/** Before it is logged in, a peer could make a lot out of little with compression. */
export const compressions = ['none'] as const;

/** Against the Terrapin attack: packets are counted from the first on. The library has it in its own lists only. */
const strictKeyExchange = 'kex-strict-s-v00@openssh.com';

/**
 * Puts our lists in the place of the library's, before they are sent: it adds ssh-rsa (SHA-1) to what an RSA key signs with, and
 * takes no list of what it should not. `ident`: the peer's first line.
 */
export function offerAlgorithms(connection: Connection, keyTypes: readonly string[], ident: string): void {
  const protocol = connection._protocol;
  const Offer = protocol._offer.constructor as new (lists: object) => object;
  const either = { ...listsFor(ident), compress: compressions, lang: [] };
  protocol._offer = new Offer({
    kex: [...keyExchanges, strictKeyExchange],
    serverHostKey: keyTypes.flatMap((type) => signaturesOf[type] ?? []),
    cs: either,
    sc: either,
  });
}

/**
 * OpenSSH prefers AES in counter mode with a MAC of its own to the one that does both at once, which is faster here; it has it
 * since 6.2. Others are offered what they may need.
 */
export function listsFor(ident: string): { readonly cipher: readonly string[]; readonly mac: readonly string[] } {
  const [, major = '0'] = /^SSH-2\.0-OpenSSH_(\d{1,3})\./.exec(ident) ?? [];
  return Number(major) >= 7 ? { cipher: ciphersAtOnce, mac: macsOfEncrypted } : { cipher: ciphers, mac: macs };
}
