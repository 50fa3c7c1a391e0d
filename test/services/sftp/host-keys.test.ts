import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { keepHostKeys, readHostKeys } from '../../../src/services/sftp/host-keys.ts';

t.test('makes the keys once, whoever comes first', async (t) => {
  const folder = join(t.testdir(), 'ssh');
  const [first, second] = await Promise.all([keepHostKeys(folder), keepHostKeys(folder)]);
  t.same(
    first.map(({ type }) => type),
    ['ssh-ed25519', 'ssh-rsa'],
  );
  t.same(second, first, 'two that start at the same time have the same');
  t.same(await keepHostKeys(folder), first, 'and so has who starts later');
  t.same(readdirSync(folder).sort(), ['ssh_host_ed25519_key', 'ssh_host_rsa_key'], 'nothing else is left');
  for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  t.equal(statSync(folder).mode & 0o777, 0o700);
});

t.test('reads keys that were given, and says what is wrong with one', async (t) => {
  const folder = t.testdir({ note: 'no key at all' });
  const [ed25519] = await keepHostKeys(folder);
  const path = join(folder, 'ssh_host_ed25519_key');
  t.same(await readHostKeys([path]), [ed25519]);
  await t.rejects(readHostKeys([join(folder, 'note')]), /note is no private key of SSH, or has a passphrase/);
  await t.rejects(readHostKeys([join(folder, 'none')]), /the host key .*none cannot be read: ENOENT/);
});

t.test('does not make another in the place of one that is damaged', async (t) => {
  const folder = t.testdir();
  await keepHostKeys(folder);
  const path = join(folder, 'ssh_host_ed25519_key');
  writeFileSync(path, 'damaged');
  chmodSync(path, 0o600);
  await t.rejects(keepHostKeys(folder), /is no private key of SSH/);
  t.equal(readFileSync(path, 'utf8'), 'damaged');
});
