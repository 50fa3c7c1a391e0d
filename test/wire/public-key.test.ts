import t from 'tap';

import { parsePublicKey } from '../../src/wire/public-key.ts';
import { publicKeys } from './public-keys.ts';

t.test('takes every type, and brings each key into one form', async (t) => {
  for (const [name, text] of Object.entries(publicKeys)) {
    t.strictSame(parsePublicKey(text), { text, comment: '' }, name);
    t.strictSame(
      parsePublicKey(`  ${text.replace(' ', ' \t ')}  alice@laptop  (work) \n`),
      { text, comment: 'alice@laptop (work)' },
      name,
    );
  }
  const unpadded = publicKeys.p256.replace(/=+$/, '');
  t.not(unpadded, publicKeys.p256);
  t.equal(parsePublicKey(unpadded).text, publicKeys.p256, 'without padding');
});

const [, ed = ''] = publicKeys.ed25519.split(' ');
const string = (bytes: Buffer | string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const keyOf = (type: string, ...parts: readonly (Buffer | string)[]): string =>
  `${type} ${Buffer.concat([type, ...parts].map(string)).toString('base64')}`;
const cutOff = (type: string): string =>
  `expected a public key of type ${type}, but what follows the type is none (is it cut off?)`;

const refused: readonly (readonly [what: string, line: string, message: string])[] = [
  ['nothing', '', 'expected a public key such as "ssh-ed25519 AAAA… alice@laptop"'],
  ['another text', 'hunter2', 'expected a public key such as "ssh-ed25519 AAAA… alice@laptop"'],
  ['an unknown type', `toString ${ed}`, 'expected a public key such as "ssh-ed25519 AAAA… alice@laptop"'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY----- hunter2', 'expected a public key, got a private one'],
  [
    'a file of one',
    '---- BEGIN SSH2 PUBLIC KEY ----',
    'expected a public key such as "ssh-ed25519 AAAA… alice@laptop"',
  ],
  ['options', `no-pty,command="x" ${publicKeys.ed25519}`, 'expected a public key without options before its type'],
  ['DSA', 'ssh-dss AAAA', 'keys of type ssh-dss are too weak: make one with ssh-keygen -t ed25519'],
  ['a token', 'sk-ssh-ed25519@openssh.com AAAA', 'keys of hardware tokens (sk-…) are not taken'],
  ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA', 'expected a public key, got a certificate'],
  ['a type alone', 'ssh-ed25519', cutOff('ssh-ed25519')],
  ['a key that is cut off', publicKeys.ed25519.slice(0, -4), cutOff('ssh-ed25519')],
  ['what is no base64', `ssh-ed25519 ${ed.slice(0, -1)}!`, cutOff('ssh-ed25519')],
  ['a key of another type', `ssh-rsa ${ed}`, cutOff('ssh-rsa')],
  ['one part too many', keyOf('ssh-ed25519', Buffer.alloc(32), 'x'), cutOff('ssh-ed25519')],
  ['one part too few', keyOf('ssh-rsa', Buffer.alloc(3)), cutOff('ssh-rsa')],
  ['a short key', keyOf('ssh-ed25519', Buffer.alloc(31)), cutOff('ssh-ed25519')],
  [
    'RSA of less than 1024 bits',
    keyOf('ssh-rsa', 'abc', Buffer.alloc(127, 1)),
    'keys of type ssh-rsa with less than 1024 bits are too weak',
  ],
  ['another curve', keyOf('ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(97)), cutOff('ecdsa-sha2-nistp256')],
  ['too long a line', `ssh-ed25519 ${'A'.repeat(16_384)}`, 'expected a public key of at most 16384 characters'],
];

t.test('refuses, and says why without repeating it', async (t) => {
  for (const [what, line, message] of refused)
    t.throws(() => parsePublicKey(line), { name: 'OptionError', message }, what);
});

t.test('a line at the limit', async (t) => {
  const line = `${publicKeys.ed25519} `.padEnd(16_384, 'x');
  t.equal(parsePublicKey(line).text, publicKeys.ed25519);
  t.throws(() => parsePublicKey(`${line}x`), { name: 'OptionError' });
});
