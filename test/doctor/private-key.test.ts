import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

import t from 'tap';

import { flawOfPrivateKey } from '../../src/doctor/private-key.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });

const pem = (type: 'pkcs1' | 'pkcs8', passphrase?: string): string =>
  String(
    passphrase === undefined
      ? privateKey.export({ type, format: 'pem' })
      : privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }),
  );

const openSsh = (cipher: string): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), length, Buffer.from(cipher), Buffer.alloc(100)]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64').replaceAll(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
};

t.test('files that are said to hold a private key', async (t) => {
  const cases: readonly [name: string, text: string, hasPassphrase: boolean, expected: string | null][] = [
    ['OpenSSH', openSsh('none'), false, null],
    ['OpenSSH with a passphrase', openSsh('aes256-ctr'), false, 'has a passphrase'],
    ['and with the passphrase', openSsh('aes256-ctr'), true, null],
    ['PKCS #1', pem('pkcs1'), false, null],
    ['PKCS #1 with a passphrase', pem('pkcs1', 'x'), false, 'has a passphrase'],
    ['PKCS #8', pem('pkcs8'), false, null],
    ['PKCS #8 with a passphrase', pem('pkcs8', 'x'), false, 'has a passphrase'],
    ['public', 'ssh-ed25519 AAAA alice', true, 'is a public key: the private one is in the file without .pub'],
    ['something else', 'hello', false, 'is no private key'],
    ['nothing', '', false, 'is no private key'],
  ];
  for (const [name, text, hasPassphrase, expected] of cases)
    t.equal(flawOfPrivateKey(text, hasPassphrase), expected, name);
});

t.test('those that ssh-keygen makes', async (t) => {
  const folder = t.testdir({});
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/open`]);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', `${folder}/shut`]);
  } catch {
    return t.plan(0, 'no ssh-keygen');
  }
  t.equal(flawOfPrivateKey(readFileSync(`${folder}/open`, 'utf8'), false), null);
  t.equal(flawOfPrivateKey(readFileSync(`${folder}/shut`, 'utf8'), false), 'has a passphrase');
});
