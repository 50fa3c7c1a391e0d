import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createPkcs12 } from '../../src/certificates/pkcs12.ts';
import { makeFolder, needProgram, runPeer, type FinishedPeer } from '../support/peers.ts';
import { make, makeAuthority } from './made.ts';

const root = makeAuthority('root');
const leaf = make({ by: root, names: ['a.example'] });
const pair = { cert: leaf.cert + root.cert, key: leaf.key.pem };

/** What openssl finds in a file, with the password that it is told. */
async function open(t: Test, file: Buffer, password: string, ...args: string[]): Promise<FinishedPeer | null> {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return null;
  const folder = makeFolder(t, { password: `${password}\n` });
  writeFileSync(join(folder, 'it.p12'), file);
  return runPeer(t, [openssl, 'pkcs12', '-in', 'it.p12', '-passin', 'file:password', ...args], { cwd: folder });
}

for (const password of ['sesame', 'a', 'x'.repeat(256), 'Zoë €', '🔑 key']) {
  t.test(`openssl opens it with ${JSON.stringify(password.slice(0, 20))}`, async (t) => {
    const file = createPkcs12({ pair, password, friendlyName: 'my server' });
    const found = await open(t, file, password, '-nodes');
    if (found === null) return;
    t.equal(found.code, 0, found.stderr);
    for (const text of [leaf.cert, root.cert, leaf.key.pem]) t.ok(found.stdout.includes(text));
  });
}

t.test('how it is made', async (t) => {
  const found = await open(
    t,
    createPkcs12({ pair, password: 'sesame', friendlyName: 'my server' }),
    'sesame',
    '-info',
    '-nodes',
  );
  if (found === null) return;
  t.match(found.stderr, /MAC: sha256, Iteration 100000\nMAC length: 32, salt length: 16/);
  t.match(found.stderr, /PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/);
  t.match(found.stderr, /Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/);
  t.match(found.stdout, /friendlyName: my server/);
  const keyIds = [...found.stdout.matchAll(/localKeyID: (.*)/g)].map(([, id]) => id?.trim());
  t.equal(keyIds.length, 2, 'on the key and its certificate');
  t.equal(keyIds[0], keyIds[1]);
});

t.test('openssl finds the certificate of the key', async (t) => {
  const found = await open(
    t,
    createPkcs12({ pair, password: 'sesame', friendlyName: 'x' }),
    'sesame',
    '-nokeys',
    '-clcerts',
  );
  if (found === null) return;
  t.ok(found.stdout.includes(leaf.cert));
  t.notOk(found.stdout.includes(root.cert));
});

t.test('another password opens nothing', async (t) => {
  const found = await open(t, createPkcs12({ pair, password: 'sesame', friendlyName: 'x' }), 'Sesame', '-nodes');
  if (found === null) return;
  t.not(found.code, 0);
  t.match(found.stderr, /Mac verify error: invalid password\?/);
});

t.test('nothing of it can be read without the password', async (t) => {
  const file = createPkcs12({ pair, password: 'sesame', friendlyName: 'x' });
  for (const [what, bytes] of [
    ['key', leaf.key.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-60)],
    ['certificate', leaf.certificate.raw.subarray(-60)],
  ] as const)
    t.equal(file.includes(bytes), false, `the ${what} is not readable`);
});

t.test('a password has 1 to 256 characters', async (t) => {
  const message = 'expected a password of 1 to 256 characters';
  t.throws(() => createPkcs12({ pair, password: '', friendlyName: 'x' }), { message });
  t.throws(() => createPkcs12({ pair, password: 'x'.repeat(257), friendlyName: 'x' }), { message });
});
