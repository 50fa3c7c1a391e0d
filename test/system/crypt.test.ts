import { execFileSync } from 'node:child_process';
import t from 'tap';

import { crypt, CryptUnavailable } from '../../src/system/crypt.ts';
import { findFfi } from '../../src/system/ffi.ts';
import { loadLibcrypt } from '../../src/system/libcrypt.ts';

const secret = Buffer.from('secret');
const hashed = '$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4';

t.test('without node:ffi there is nothing to compute with', (t) => {
  const program = `
    import(${JSON.stringify(import.meta.resolve('../../src/system/crypt.ts'))})
      .then(({ crypt }) => crypt(Buffer.from('secret'), '$5$rounds=1000$abcdefgh$'))
      .then(() => process.exit(1), (error) => process.exit(error.name === 'CryptUnavailable' ? 0 : 2));
  `;
  t.spawn(process.execPath, ['--no-experimental-ffi', '-e', program], {}, '--no-experimental-ffi');
  t.spawn(process.execPath, ['-e', program], { env: { ...process.env, PORTICO_NO_FFI: '1' } }, 'PORTICO_NO_FFI=1');
  t.match(new CryptUnavailable('why'), { name: 'CryptUnavailable', message: 'why' });
  t.end();
});

const library = loadLibcrypt();

t.test('with a libcrypt', { skip: library === null ? 'there is none' : false }, async (t) => {
  t.type(findFfi(), 'object');

  t.test('the library itself', async (t) => {
    t.equal(library?.crypt(secret, '$5$rounds=1000$abcdefgh$'), hashed);
    t.equal(library?.crypt(secret, '$nonsense$abcdefgh$'), null, 'a method that it does not know');
    t.equal(library?.crypt(Buffer.alloc(511, 'x'), hashed)?.length, hashed.length);
    t.equal(library?.crypt(Buffer.from('secret\0more'), hashed), hashed, 'a password ends at its first NUL');
  });

  t.test('on a thread', async (t) => {
    t.equal(await crypt(secret, '$5$rounds=1000$abcdefgh$'), hashed);
    t.equal(await crypt(secret, hashed), hashed, 'a whole string is a setting too');
    t.equal(await crypt(secret, '$nonsense$abcdefgh$'), null);
    t.equal(secret.toString(), 'secret', 'ours is left as it is');
  });

  t.test('many at once, each with its own answer', async (t) => {
    const salts = Array.from({ length: 20 }, (_, index) => `$5$rounds=1000$salt${index}$`);
    const answers = await Promise.all(salts.map((salt) => crypt(secret, salt)));
    for (const [index, salt] of salts.entries())
      t.match(answers[index], new RegExp(`^\\$5\\$rounds=1000\\$salt${index}\\$`), salt);
    t.equal(new Set(answers).size, 20);
  });

  t.test('the loop goes on meanwhile', async (t) => {
    const slow = crypt(secret, '$2b$10$abcdefghijklmnopqrstuu');
    let isDone = false;
    void slow.then(() => (isDone = true));
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    t.notOk(isDone);
    t.match(await slow, /^\$2b\$10\$/);
  });

  t.test('an idle thread keeps no process', async (t) => {
    const program = `
      const { crypt } = await import(${JSON.stringify(import.meta.resolve('../../src/system/crypt.ts'))});
      console.log(await crypt(Buffer.from('secret'), '$5$rounds=1000$abcdefgh$'));
    `;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    t.equal(out, `${hashed}\n`);
  });
});
