import fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';

import { openWritableDatabase } from '../../src/accounts/database.ts';
import { createSqliteSource } from '../../src/accounts/sqlite-source.ts';
import { createVerifier } from '../../src/accounts/verifier.ts';
import type { AccountSource } from '../../src/contract/account.ts';
import { aliceKey, secretHash } from './records.ts';

const alice = `
  INSERT INTO accounts VALUES ('alice', '${secretHash}', 'homes/alice', 'ftp, sftp', 'write,read', 1024);
  INSERT INTO account_keys VALUES ('alice', '${aliceKey} alice@laptop');
  INSERT INTO account_mail VALUES ('Alice@example.com', 'alice'), ('sales@example.com', 'alice');
  INSERT INTO accounts (name) VALUES ('bob');
`;

interface Place {
  readonly path: string;
  readonly source: AccountSource;
  /** As an administrator does it, with sqlite3(1). */
  execute(sql: string): void;
}

function placeFor(t: Test, sql: string | null = alice): Place {
  const path = join(t.testdir({}), 'accounts.db');
  const source = createSqliteSource({ path, state: '/var/lib/portico' });
  t.teardown(() => source.close());
  const execute = (text: string): void => {
    const database = openWritableDatabase(path);
    database.exec(text);
    database.close();
  };
  if (sql !== null) execute(sql);
  return { path, source, execute };
}

t.test('accounts out of the tables', async (t) => {
  const { source, path } = placeFor(t);
  const found = await source.find('alice');
  t.strictSame(found, {
    name: 'alice',
    password: secretHash,
    home: join(path, '../homes/alice'),
    services: ['ftp', 'sftp'],
    permissions: ['read', 'write'],
    quota: 1024,
    keys: [aliceKey],
    mail: ['Alice@example.com', 'sales@example.com'],
  });
  t.strictSame(await source.find('bob'), {
    name: 'bob',
    password: null,
    home: '/var/lib/portico/home/bob',
    services: null,
    permissions: ['list', 'read', 'write', 'delete', 'rename', 'mkdir'],
    quota: null,
    keys: [],
    mail: [],
  });
  t.equal(await source.find('carol'), null);
  t.equal(await source.find("alice' OR 1=1 --"), null);
  t.strictSame(await source.findByMail('ALICE@EXAMPLE.COM'), found);
  t.equal(await source.findByMail('bob@example.com'), null);
  t.equal((await createVerifier({ source }).check('alice', 'secret'))?.name, 'alice');
});

t.test('a file that is not there holds no accounts, until it comes', async (t) => {
  const { source, path, execute } = placeFor(t, null);
  t.equal(await source.find('alice'), null);
  t.equal(await source.findByMail('alice@example.com'), null);
  t.equal(await source.typicalPassword?.(), null);
  t.notOk(fs.existsSync(path), 'nor does looking make it');
  execute(alice);
  t.equal((await source.find('alice'))?.name, 'alice');
  fs.rmSync(path);
  t.equal(await source.find('alice'), null, 'gone again');
});

t.test('changes count at once', async (t) => {
  const { source, path, execute } = placeFor(t);
  t.equal((await source.find('bob'))?.quota, null);
  execute("UPDATE accounts SET quota = 7 WHERE name = 'bob'");
  t.equal((await source.find('bob'))?.quota, 7);
  const other = placeFor(t, "INSERT INTO accounts (name) VALUES ('carol')");
  fs.renameSync(other.path, path);
  t.equal(await source.find('bob'), null, 'another file in its place');
  t.equal((await source.find('carol'))?.name, 'carol');
});

t.test('the password that is typical follows the changes', async (t) => {
  const { source, execute } = placeFor(t);
  t.equal(await source.typicalPassword?.(), secretHash);
  t.equal(await source.typicalPassword?.(), secretHash);
  execute("UPDATE accounts SET password = NULL WHERE name = 'alice'");
  t.equal(await source.typicalPassword?.(), null);
});

t.test('what is wrong in a row is told, and hides no other account', async (t) => {
  const { source, path } = placeFor(
    t,
    `INSERT INTO accounts (name, permissions) VALUES ('dan', 'read, wirte');
     INSERT INTO accounts (name) VALUES ('a/b'), ('eve'), ('fay');
     INSERT INTO account_keys VALUES ('eve', 'hunter2');
     INSERT INTO accounts (name, services, permissions, home, quota) VALUES ('gil', '', '', '', -1);`,
  );
  for (const [name, reason] of [
    ['dan', 'account "dan": permissions: expected some of list, read, write, delete, rename, mkdir, got "wirte"'],
    ['a/b', 'account "a/b": this cannot be the name of an account'],
    ['eve', 'account "eve": expected a public key such as "ssh-ed25519 AAAA… alice@laptop"'],
  ] as const) {
    await t.rejects(source.find(name), {
      name: 'AccountsDatabaseError',
      message: `${path}: cannot be used: ${reason}`,
    });
  }
  t.equal((await source.find('fay'))?.name, 'fay');
  t.match(await source.find('gil'), { services: [], permissions: [], home: '/var/lib/portico/home/gil', quota: null });
});

t.test('a file that cannot be used', async (t) => {
  for (const [what, write, message] of [
    ['no database', (path: string) => fs.writeFileSync(path, 'alice: {}\n'.repeat(100)), /: file is not a database$/],
    ['a folder', (path: string) => fs.mkdirSync(path), /: it is not a regular file$/],
    ['an empty one', (path: string) => fs.writeFileSync(path, ''), /: expected accounts, found layout 0$/],
    ['of a later release', (path: string) => setVersion(path, 2), /: layout 2 is that of a later release$/],
  ] as const) {
    const { source, path } = placeFor(t, null);
    write(path);
    await t.rejects(source.find('alice'), { name: 'AccountsDatabaseError', message }, what);
    await t.rejects(source.findByMail('alice'), { name: 'AccountsDatabaseError', message }, `${what}, again`);
    fs.rmSync(path, { recursive: true });
    t.equal(await source.find('alice'), null, `${what}, taken away`);
  }
});

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

t.test('for writing', async (t) => {
  t.test('a file that is new is for its owner alone', async (t) => {
    const { path } = placeFor(t);
    t.equal(fs.statSync(path).mode & 0o7777, 0o600);
  });

  t.test("another program's tables are left alone", async (t) => {
    const { path } = placeFor(t, null);
    const theirs = new DatabaseSync(path);
    theirs.exec('CREATE TABLE things (name)');
    theirs.close();
    t.throws(() => openWritableDatabase(path), { message: /: expected accounts, found tables of another program$/ });
  });

  t.test('one address is of one account, and goes with it', async (t) => {
    const { execute, source } = placeFor(t);
    t.throws(() => execute("INSERT INTO account_mail VALUES ('SALES@example.com', 'bob')"), { message: /UNIQUE/ });
    t.throws(() => execute("INSERT INTO account_mail VALUES ('x@example.com', 'nobody')"), { message: /FOREIGN KEY/ });
    execute("DELETE FROM accounts WHERE name = 'alice'");
    t.equal(await source.findByMail('sales@example.com'), null);
  });
});
