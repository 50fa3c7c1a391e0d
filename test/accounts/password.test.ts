import { execFileSync } from 'node:child_process';
import t from 'tap';

import { createDecoy, hashPassword, verifyHash, verifyPassword } from '../../src/accounts/password.ts';
import { loadLibcrypt } from '../../src/system/libcrypt.ts';
import { isInstalled } from '../system/installed.ts';

t.test('what is stored of a password', async (t) => {
  const stored = await hashPassword('correct horse');
  t.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  t.not(stored, await hashPassword('correct horse'), 'another salt each time');
  t.ok(await verifyPassword('correct horse', stored));
  t.notOk(await verifyPassword('correct horsE', stored));
  t.notOk(await verifyPassword('', stored));
  await t.rejects(hashPassword(''), { name: 'PasswordError' });
});

t.test('lengths, at the limit and past it', async (t) => {
  const longest = await hashPassword('x'.repeat(1024));
  t.ok(await verifyPassword('x'.repeat(1024), longest));
  t.notOk(await verifyPassword('x'.repeat(1025), longest));
  await t.rejects(hashPassword('x'.repeat(1025)), { name: 'PasswordError' });
});

t.test('the same word, however a keyboard makes it', async (t) => {
  const stored = await hashPassword('caf\u00e9');
  t.ok(await verifyPassword('cafe\u0301', stored));
  t.ok(await verifyPassword('caf\u00e9', stored));
  t.notOk(await verifyPassword('cafe', stored));
});

/** "password", a test of the reference implementation. */
const argon2 = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
/** "secret", by python's hashlib. */
const scrypt = '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$MFY6ooDb6ETskQpjW4AUE61ubVxCMh3tMo6UclCehf0';

t.test('PHC strings of others', async (t) => {
  t.ok(await verifyPassword('password', argon2));
  t.notOk(await verifyPassword('passwort', argon2));
  t.ok(await verifyPassword('secret', scrypt));
  t.notOk(await verifyPassword('Secret', scrypt));
});

t.test('what is no hash is an error that does not repeat it', async (t) => {
  await t.rejects(verifyPassword('secret', 'hunter2'), { name: 'OptionError' });
  await verifyPassword('secret', 'hunter2').catch((error: Error) => t.notMatch(error.message, 'hunter2'));
});

t.test('a decoy takes the same parameters and fits nothing', async (t) => {
  t.match(createDecoy(null), { kind: 'argon2id', memory: 19_456, passes: 2, parallelism: 1 });
  t.match(createDecoy(argon2), { kind: 'argon2id', memory: 65_536, passes: 2, parallelism: 1 });
  t.match(createDecoy(scrypt), { kind: 'scrypt', cost: 32_768, blockSize: 8, parallelism: 1 });
  t.notOk(await verifyHash('secret', createDecoy(scrypt)));
});

const noLibrary = loadLibcrypt() === null ? 'no libcrypt' : false;

t.test('crypt(3)', { skip: noLibrary }, async (t) => {
  const sha = '$5$rounds=1000$abcdefgh$';
  t.ok(await verifyPassword('caf\u00e9', `${sha}${cafe.composed}`), 'made of NFC');
  t.ok(await verifyPassword('cafe\u0301', `${sha}${cafe.composed}`), 'prepared first');
  t.ok(await verifyPassword('cafe\u0301', `${sha}${cafe.decomposed}`), 'made of what was sent');
  t.notOk(await verifyPassword('caf\u00e9', `${sha}${cafe.decomposed}`));
  for (const stored of [
    '$y$j9T$abcdefghijklmnop$3dL1LkYnZM.OVXuVdnnaKVDlLYT92dRwOzDZ5XiVCe.',
    '$2b$04$abcdefghijklmnopqrstuuyzdyRZ8tK7V0kL7TCbWs8x5W1k7lC.C',
    '$6$rounds=1000$abcdefgh$' + 'x'.repeat(86),
  ]) {
    const name = stored.slice(0, 3);
    t.equal(await verifyPassword('secret', stored), stored.startsWith('$y$'), name);
    t.notOk(await verifyPassword('secret\u0000more', stored), `${name} with a NUL`);
    t.notOk(await verifyPassword('s'.repeat(1024), stored), `${name}, longer than the library takes`);
    t.notOk(await verifyHash('secret', createDecoy(stored)), `${name}'s decoy`);
  }
});

/** By python's crypt, with rounds=1000 and the salt "abcdefgh". */
const cafe = {
  composed: 'YunRO.P1as3VsNwCPNP.3y.55SuzOaFlNR1YrYWi8y9',
  decomposed: 'ZSRhalGmC3hMAKskdlLfYIAVaQy3TTVaGIr/2NUqHE1',
};

const peers: readonly (readonly [program: string, ...args: string[]])[] = [
  ['htpasswd', '-nbB', 'alice', 'pässword'],
  ['htpasswd', '-nbBC', '4', 'alice', 'pässword'],
  ['htpasswd', '-nb2', 'alice', 'pässword'],
  ['htpasswd', '-nb5', 'alice', 'pässword'],
  ['openssl', 'passwd', '-5', 'pässword'],
  ['openssl', 'passwd', '-6', 'pässword'],
  ['mkpasswd', '-m', 'yescrypt', 'pässword'],
  ['mkpasswd', '-m', 'gost-yescrypt', 'pässword'],
  ['mkpasswd', '-m', 'bcrypt', 'pässword'],
];

for (const [program, ...args] of peers) {
  const skip = noLibrary || (isInstalled(program) ? false : `no ${program}`);
  t.test(`takes what ${program} ${args[0]} ${args[1]} makes`, { skip }, async (t) => {
    const stored = execFileSync(program, args, { encoding: 'utf8' })
      .trim()
      .replace(/^alice:/, '');
    t.ok(await verifyPassword('pässword', stored));
    t.notOk(await verifyPassword('password', stored));
  });
}

t.test('where there is no libcrypt', async (t) => {
  const program = `
    const { verifyPassword } = await import(${JSON.stringify(import.meta.resolve('../../src/accounts/password.ts'))});
    console.log(await verifyPassword('secret', '$2b$04$abcdefghijklmnopqrstuuyzdyRZ8tK7V0kL7TCbWs8x5W1k7lC.C').catch((error) => error.name));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, PORTICO_NO_FFI: '1', NODE_OPTIONS: '' },
  });
  t.equal(out, 'CryptUnavailable\n');
});
