import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { checkAccounts } from '../../src/doctor/accounts.ts';
import { findUser } from '../../src/system/users.ts';
import { needRoot } from '../support/peers.ts';
import { daemonPlan, servicePlan } from '../support/plans.ts';
import { patient, statusOf, told } from './patient.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJJqd4SBEqDN8nPsVQqYqIqT4iSX4rTeYdLbXVMXUhxI';

t.test('accounts', async (t) => {
  const path = join(t.testdir({}), 'accounts.yaml');
  const look = (text: string, mode = 0o600) => {
    writeFileSync(path, text);
    chmodSync(path, mode);
    const accounts = [{ kind: 'file', path } as const];
    return checkAccounts(patient({ accounts, services: [servicePlan({ name: 'files', type: 'ftp' })] }));
  };

  t.test('that can log in, or have mail', async (t) => {
    t.same(
      look(
        `alice: { keys: [${key}], services: [files, ftp, mail] }\nbob: { mail: [bob@example.com], services: [mail] }\n`,
      ),
      [],
    );
  });
  t.test('that nobody can log in as', async (t) => {
    const found = look('alice: {}\nbob: {}\n');
    t.same(told(found), ['warning: nobody can log in as alice, bob: there is no password and no key']);
    t.equal(found[0]?.fix, 'portico user password alice, or portico user remove alice');
  });
  t.test('with a mailbox that nobody can log in to', async (t) => {
    const found = look('bob: { mail: [bob@example.com] }\n');
    t.same(told(found), ['warning: nobody can log in as bob: there is no password and no key']);
    t.equal(found[0]?.fix, 'portico user password bob, or services: [mail] for a mailbox alone');
  });
  t.test('for services that there are not', async (t) => {
    t.same(told(look(`alice: { keys: [${key}], services: [sftp, files] }\n`)), [
      'note: the account alice may use sftp, and there is no service of that name or type',
    ]);
  });
  t.test('in a file that others may read', async (t) => {
    t.same(told(look('bob: { mail: [bob@example.com], services: [mail] }\n', 0o644)), [
      `warning: others than need to may read ${path}, which has the hashes of passwords`,
    ]);
  });
  t.test('in a file with mistakes', async (t) => {
    t.match(told(look('alice: { pasword: x }\n')), [/^error: .*accounts\.yaml:1:\d+: .*pasword/]);
  });
});

t.test('no accounts at all', async (t) => {
  const path = join(t.testdir({ 'accounts.yaml': '' }), 'accounts.yaml');
  chmodSync(path, 0o600);
  const look = (type: string, more: object = {}) =>
    checkAccounts(
      patient({ accounts: [{ kind: 'file', path }], services: [servicePlan({ name: 'files', type, ...more })] }),
    );

  const found = look('ftp');
  t.same(told(found), [`warning: there are no accounts in ${path}, so that nobody can log in at files`]);
  t.equal(found[0]?.fix, 'portico user add NAME');
  t.equal(look('http', { options: { routes: { '/': { files: '.', accounts: 'any' } } } }).length, 1);
  t.same(look('ftp', { options: { anonymous: { root: '.' } } }), []);
  t.same(look('ftp', { enabled: false }), []);
  t.same(look('echo'), []);
  const missing = [{ kind: 'file', path: `${path}.not` } as const];
  t.same(checkAccounts(patient({ accounts: missing, services: [servicePlan({ type: 'ftp' })] })), []);
});

t.test('a database is read by who looks accounts up', async (t) => {
  if (!needRoot(t, 'giving files away')) return;
  const folder = mkdtempSync(join(tmpdir(), 'portico-accounts-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const path = join(folder, 'accounts.db');
  writeFileSync(path, '');
  const { uid, gid } = findUser('nobody') ?? { uid: 0, gid: 0 };
  const look = (mode: number, owner: number, group: number) => {
    chownSync(path, owner, group);
    chmodSync(path, mode);
    const accounts = [{ kind: 'sqlite', path } as const];
    return checkAccounts(patient({ accounts, daemon: daemonPlan({ user: 'nobody' }) }));
  };

  t.same(look(0o640, 0, gid), [], 'as portico user add makes it');
  t.same(look(0o600, uid, 0), []);
  const locked = look(0o600, 0, gid);
  t.same(told(locked), [`error: nobody, who looks accounts up, may not read ${path}: every login fails`]);
  t.equal(locked[0]?.fix, `chgrp ${gid} ${path} && chmod 0640 ${path}`);
  const open = look(0o644, 0, gid);
  t.same(told(open), [`warning: others than need to may read ${path}, which has the hashes of passwords`]);
  t.equal(open[0]?.fix, `chgrp ${gid} ${path} && chmod 0640 ${path}`, 'and not what locks everybody out');
  t.match(told(look(0o640, uid, gid + 1)), [/^warning: others than need to/]);
  chmodSync(folder, 0o700);
  const onTheWay = look(0o640, 0, gid);
  t.same(told(onTheWay), [
    `error: nobody, who looks accounts up, may not read ${path}: ${folder} is in the way: every login fails`,
  ]);
  t.equal(onTheWay[0]?.fix, `chmod o+x ${folder}`);
});

t.test('a file is read by the daemon, which may be no root', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const folder = mkdtempSync(join(tmpdir(), 'portico-accounts-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const path = join(folder, 'accounts.yaml');
  writeFileSync(path, 'bob: { mail: [bob@example.com], services: [mail] }\n');
  const [uid, gid] = [12_345, 12_346];
  const daemon = spawn('/bin/cat', { uid, gid, stdio: ['pipe', 'ignore', 'inherit'] });
  await once(daemon, 'spawn');
  t.teardown(() => daemon.kill());
  const look = (mode: number, owner: number, group: number) => {
    chownSync(path, owner, group);
    chmodSync(path, mode);
    const accounts = [{ kind: 'file', path } as const];
    return checkAccounts(patient({ accounts }, statusOf({ pid: daemon.pid ?? 0 })));
  };

  t.same(look(0o600, uid, gid), []);
  t.same(look(0o640, 0, gid), []);
  const locked = look(0o600, 0, 0);
  t.same(told(locked), [`error: user 12345, whom the daemon runs as, may not read ${path}: every login fails`]);
  t.equal(locked[0]?.fix, `chgrp 12346 ${path} && chmod 0640 ${path}`);
  t.match(told(look(0o644, 0, 0)), [/^warning: others than need to/]);
});
