/**
 * What is wrong with a file that has to hold a private key of SSH, without a passphrase where none is given; null: nothing that can be
 * seen without reading the key itself.
 */
export function flawOfPrivateKey(text: string, hasPassphrase: boolean): string | null {
  if (/^(?:ssh|ecdsa|sk)-\S+ /.test(text)) return 'is a public key: the private one is in the file without .pub';
  const body = /^-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----\r?\n([\s\S]+?)-----END /m.exec(text);
  if (body === null) return 'is no private key';
  const [, kind = '', content = ''] = body;
  return !hasPassphrase && isEncrypted(kind.trim(), content) ? 'has a passphrase' : null;
}

// PROTOCOL.key of OpenSSH: "openssh-key-v1", NUL, and the name of the cipher.
const plainOpenSsh = Buffer.from('openssh-key-v1\0\0\0\0\x04none', 'latin1');

function isEncrypted(kind: string, content: string): boolean {
  if (kind !== 'OPENSSH') return kind === 'ENCRYPTED' || content.includes('Proc-Type: 4,ENCRYPTED');
  return !Buffer.from(content, 'base64').subarray(0, plainOpenSsh.length).equals(plainOpenSsh);
}
