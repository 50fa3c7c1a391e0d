import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { checkAccounts } from '../../src/doctor/accounts.ts';
import { servicePlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

t.test('accounts', async (t) => {
  const path = join(t.testdir({}), 'accounts.yaml');
  const look = (text: string, mode = 0o600) => {
    writeFileSync(path, text);
    chmodSync(path, mode);
    const accounts = [{ kind: 'file', path } as const];
    return checkAccounts(patient({ accounts, services: [servicePlan({ name: 'files', type: 'ftp' })] }));
  };

  t.test('that can log in, or have mail', async (t) => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJJqd4SBEqDN8nPsVQqYqIqT4iSX4rTeYdLbXVMXUhxI';
    t.same(look(`alice: { keys: [${key}], services: [files, ftp, mail] }\nbob: { mail: [bob@example.com] }\n`), []);
  });
  t.test('that nobody can log in as', async (t) => {
    const found = look('alice: {}\nbob: {}\n');
    t.same(told(found), ['warning: nobody can log in as alice, bob: there is no password and no key']);
    t.equal(found[0]?.fix, 'portico user password alice, or portico user remove alice');
  });
  t.test('for services that there are not', async (t) => {
    t.same(told(look('alice: { mail: [a@example.com], services: [sftp, files] }\n')), [
      'note: the account alice may use sftp, and there is no service of that name or type',
    ]);
  });
  t.test('in a file that others may read', async (t) => {
    t.same(told(look('bob: { mail: [bob@example.com] }\n', 0o644)), [
      `warning: others than its owner may read ${path}, which has the hashes of passwords`,
    ]);
  });
  t.test('in a file with mistakes', async (t) => {
    t.match(told(look('alice: { pasword: x }\n')), [/^error: .*accounts\.yaml:1:\d+: .*pasword/]);
  });
});
