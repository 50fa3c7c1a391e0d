import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';

import type { AccountRecord } from '../../src/contract/account.ts';
import type { AccountSourcePlan } from '../../src/contract/plan.ts';
import { createAccounts, type Accounts } from '../../src/master/accounts.ts';
import { secretHash } from '../accounts/records.ts';
import { daemonPlan } from '../support/plans.ts';

interface Watch {
  /** What is told next: names of accounts (after "first" for the first time), or a reason. */
  next(): Promise<string>;
  readonly all: readonly string[];
  /** Files that were not there at the start. */
  readonly missing: readonly string[];
}

function watch(t: Test, accounts: Accounts, sources: readonly AccountSourcePlan[]): Watch {
  const all: string[] = [];
  const missing: string[] = [];
  let read = 0;
  let wake = Promise.withResolvers<void>();
  const tell = (text: string): void => {
    all.push(text);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const namesOf = (records: readonly AccountRecord[]): string => records.map(({ name }) => name).join(' ');
  accounts.watch(
    { accounts: sources, daemon: daemonPlan({ state: '/state' }) },
    {
      loaded: (records, isFirst) => tell(`${isFirst ? 'first' : 'then'}: ${namesOf(records)}`),
      missing: (path) => missing.push(basename(path)),
      rejected: (reason) => tell(reason),
    },
  );
  t.teardown(() => accounts.close());
  return {
    all,
    missing,
    async next() {
      while (read === all.length) await wake.promise;
      return all[read++] as string;
    },
  };
}

const fileAt = (path: string): AccountSourcePlan => ({ kind: 'file', path });

// The watchers do not keep the process running, so the waiting tests have to.
const running = setInterval(() => {}, 60_000);
t.teardown(() => clearInterval(running));

t.test('reads what there is, and again what changes', async (t) => {
  const folder = t.testdir({ 'accounts.yaml': 'alice: {}\n', '.htpasswd': `bob:${secretHash}\nalice:${secretHash}\n` });
  const file = join(folder, 'accounts.yaml');
  const { next } = watch(t, createAccounts(), [
    fileAt(file),
    { kind: 'htpasswd', path: join(folder, '.htpasswd') },
    { kind: 'sqlite', path: join(folder, 'nowhere.db') },
  ]);
  t.equal(await next(), 'first: alice bob');
  writeFileSync(file, 'alice: {}\ncarol: {}\n');
  t.equal(await next(), 'then: alice carol bob');
  writeFileSync(`${file}.new`, 'dave: {}\n');
  renameSync(`${file}.new`, file);
  t.equal(await next(), 'then: dave bob alice');
  writeFileSync(join(folder, '.htpasswd'), '');
  t.equal(await next(), 'then: dave');
});

t.test('nothing is told when nothing is different', async (t) => {
  const folder = t.testdir({ 'accounts.yaml': 'alice: {}\n' });
  const file = join(folder, 'accounts.yaml');
  const { next, all } = watch(t, createAccounts(), [fileAt(file)]);
  await next();
  writeFileSync(file, '# a remark\nalice: {}\n');
  // Written after that has been looked at.
  const other = watch(t, createAccounts(), [fileAt(file)]);
  await other.next();
  writeFileSync(file, 'alice: {}\nbob: {}\n');
  t.equal(await next(), 'then: alice bob');
  t.equal(all.length, 2);
});

t.test('a file with mistakes, or none any more, leaves everything as it was', async (t) => {
  const folder = t.testdir({ 'accounts.yaml': 'alice: {}\n' });
  const file = join(folder, 'accounts.yaml');
  const { next } = watch(t, createAccounts(), [fileAt(file)]);
  t.equal(await next(), 'first: alice');
  writeFileSync(file, `alice: { password: "hunter2" }\n`);
  const reason = await next();
  t.match(reason, `${file}:1:20: alice.password: `);
  t.notMatch(reason, 'hunter2');
  rmSync(file);
  t.equal(await next(), `there is no file ${file}`);
  writeFileSync(file, 'bob: {}\n');
  t.equal(await next(), 'then: bob');
});

t.test('a file that was never there is no mistake, whatever happens to the others', async (t) => {
  const folder = t.testdir({ 'accounts.yaml': 'alice: {}\n' });
  const file = join(folder, 'accounts.yaml');
  const later = join(folder, 'later.yaml');
  const { next } = watch(t, createAccounts(), [fileAt(file), fileAt(later)]);
  t.equal(await next(), 'first: alice');
  writeFileSync(file, 'bob: {}\n');
  t.equal(await next(), 'then: bob');
  writeFileSync(later, 'carol: {}\n');
  t.equal(await next(), 'then: bob carol');
  rmSync(later);
  t.equal(await next(), `there is no file ${later}`);
});

t.test('a new plan ends the watch of the one before', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'alice: {}\n', 'b.yaml': 'bob: {}\n' });
  const accounts = createAccounts();
  const old = watch(t, accounts, [fileAt(join(folder, 'a.yaml'))]);
  const now = watch(t, accounts, [fileAt(join(folder, 'b.yaml'))]);
  t.equal(await now.next(), 'first: bob');
  writeFileSync(join(folder, 'a.yaml'), 'carol: {}\n');
  writeFileSync(join(folder, 'b.yaml'), 'dave: {}\n');
  t.equal(await now.next(), 'then: dave');
  t.same(old.all, ['first: alice']);
});

t.test('there may be no accounts at all', async (t) => {
  const { next } = watch(t, createAccounts(), []);
  t.equal(await next(), 'first: ');
});

t.test('nor a folder of theirs', async (t) => {
  const { next } = watch(t, createAccounts(), [fileAt('/nonexistent/accounts.yaml')]);
  t.equal(await next(), 'first: ');
});

t.test('a file that is not there yet is told at the start', async (t) => {
  const folder = t.testdir({ 'there.yaml': 'frank:\n' });
  const { next, missing } = watch(t, createAccounts(), [
    fileAt(join(folder, 'acounts.yaml')),
    fileAt(join(folder, 'there.yaml')),
  ]);
  t.equal(await next(), 'first: frank', 'a name alone is an account');
  t.same(missing, ['acounts.yaml']);
});
