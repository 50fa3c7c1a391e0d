import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t, { type Test } from 'tap';

import { fingerprintOf } from '../../src/accounts/fingerprint.ts';
import { verifyPassword } from '../../src/accounts/password.ts';
import { createSqliteSource } from '../../src/accounts/sqlite-source.ts';
import { findAccounts } from '../../src/cli/account-editor.ts';
import type { AccountSourcePlan, Plan } from '../../src/contract/plan.ts';
import { root } from '../support/source-tree.ts';
import { publicKeys } from '../wire/public-keys.ts';
import { createFakeHouse, createFakeTerminal, folderOf, portico, type Outcome } from './fakes.ts';

interface Place {
  readonly folder: string;
  /** "@" in what comes back stands for the folder. */
  user(words: readonly string[], input?: string): Promise<Outcome>;
  read(name: string): string;
}

function placeFor(t: Test, kind: AccountSourcePlan['kind'] | null, name = 'accounts.yaml'): Place {
  const folder = folderOf(t, { 'daemon.config.yaml': '' });
  const accounts = kind === null ? [] : [{ kind, path: join(folder, name) }];
  const plan = { accounts, daemon: { state: '/state' } } as unknown as Plan;
  const house = createFakeHouse({ loadConfig: () => Promise.resolve(plan) });
  return {
    folder,
    async user(words, input = '') {
      const terminal = createFakeTerminal({ directory: folder, input: Readable.from([Buffer.from(input)]) });
      const { code, out, err } = await portico(['user', ...words], terminal, house);
      return { code, out: out.replaceAll(folder, '@'), err: err.replaceAll(folder, '@') };
    },
    read: (file) => fs.readFileSync(join(folder, file), 'utf8'),
  };
}

for (const [kind, name] of [
  ['file', 'accounts.yaml'],
  ['sqlite', 'accounts.db'],
] as const) {
  t.test(`accounts in a ${kind}`, async (t) => {
    const { user, folder } = placeFor(t, kind, name);
    const path = `@/${name}`;
    t.same(await user(['list']), { code: 0, out: 'no accounts\n', err: '' });
    t.same(await user(['add', 'bob'], 'first\n'), { code: 0, out: `bob added to ${path}\n`, err: '' });
    // Of a database that root has made, the workers are readers.
    const mode = kind === 'sqlite' && process.geteuid?.() === 0 ? 0o640 : 0o600;
    t.equal(fs.statSync(join(folder, name)).mode & 0o7777, mode);
    t.same(await user(['add', 'bob'], 'first\n'), {
      code: 1,
      out: '',
      err: `portico: there is an account "bob" in ${path} already\n`,
    });
    t.same(await user(['password', 'bob'], 'second\n'), { code: 0, out: 'bob has a new password\n', err: '' });
    t.same(await user(['key', 'bob', `${publicKeys.ed25519} bob@laptop`]), {
      code: 0,
      out: 'bob has this key now\n',
      err: '',
    });
    t.same(await user(['key', 'bob', `${publicKeys.ed25519} bob@desk`]), {
      code: 0,
      out: 'bob had this key already\n',
      err: '',
    });
    t.same(await user(['list']), {
      code: 0,
      out:
        'NAME  PASSWORD  KEYS  SERVICES  PERMISSIONS  QUOTA  MAIL  HOME\n' +
        'bob   yes          1  all       all              -  -     /state/home/bob\n',
      err: '',
    });
    const { code, out } = await user(['list', '--json']);
    t.equal(code, 0);
    t.strictSame(JSON.parse(out), [
      {
        name: 'bob',
        home: '/state/home/bob',
        services: null,
        permissions: ['list', 'read', 'write', 'delete', 'rename', 'mkdir'],
        quota: null,
        mail: [],
        keys: [fingerprintOf(publicKeys.ed25519)],
        password: true,
      },
    ]);
    t.same(await user(['remove', 'bob']), { code: 0, out: `bob removed from ${path}\n`, err: '' });
    for (const words of [
      ['remove', 'bob'],
      ['password', 'bob'],
      ['key', 'bob', publicKeys.rsa],
    ]) {
      t.same(
        await user(words, 'x\n'),
        { code: 1, out: '', err: `portico: there is no account "bob" in ${path}\n` },
        words.join(' '),
      );
    }
  });
}

t.test('the password is that of stdin', async (t) => {
  const { user, read } = placeFor(t, 'file');
  await user(['add', 'alice'], 'pässword\nsecond line\n');
  const [, hash = ''] = /^alice:\n {2}password: (\S+)\n$/.exec(read('accounts.yaml')) ?? [];
  t.ok(await verifyPassword('pässword', hash));
  const database = placeFor(t, 'sqlite', 'accounts.db');
  await database.user(['add', 'alice'], 'pässword\n');
  const source = createSqliteSource({ path: join(database.folder, 'accounts.db'), state: '/state' });
  t.teardown(() => source.close());
  t.ok(await verifyPassword('pässword', (await source.find('alice'))?.password ?? ''));
});

t.test('an account with more to tell', async (t) => {
  const { user, folder } = placeFor(t, 'file');
  const text =
    'alice: { services: [ftp, mail], permissions: [read], quota: 1GB, mail: [a@b.de, c@d.de], home: /srv }\nbob: { services: [], permissions: [] }\n';
  fs.writeFileSync(join(folder, 'accounts.yaml'), text);
  t.equal(
    (await user(['list'])).out,
    'NAME   PASSWORD  KEYS  SERVICES  PERMISSIONS   QUOTA  MAIL           HOME\n' +
      'alice  no           0  ftp mail  read         1.0 GB  a@b.de c@d.de  /srv\n' +
      'bob    no           0  none      none              -  -              /state/home/bob\n',
  );
});

const nameRule = '1 to 64 letters, digits, "_", ".", "@", "+" and "-", the first a letter, a digit or "_"';

t.test('64 for a command line that cannot be understood, before anything is read', async (t) => {
  for (const [words, message] of [
    [[], 'user needs add|password|remove|list|key'],
    [['ad', 'alice'], 'user does not know "ad", only add, password, remove, list, key'],
    [['toString'], 'user does not know "toString", only add, password, remove, list, key'],
    [['add'], 'user add needs NAME'],
    [['key', 'alice'], 'user key needs KEY'],
    [['add', 'alice', 'hunter2'], 'user add takes no password: it is read from standard input'],
    [['list', 'alice'], 'user list does not take "alice"'],
    [['add', 'alice', '--json'], 'user add does not take --json'],
    [['add', 'a/b'], `"a/b" cannot be a name: expected ${nameRule}`],
    [['add', ''], `"" cannot be a name: expected ${nameRule}`],
    [['add', '__proto__'], `"__proto__" cannot be a name: expected ${nameRule}`],
    [['remove', 'x'.repeat(65)], `"${'x'.repeat(65)}" cannot be a name: expected ${nameRule}`],
  ] as const) {
    t.same(
      await portico(['user', ...words], createFakeTerminal(), createFakeHouse()),
      { code: 64, out: '', err: `portico: ${message}\nTry "portico user --help".\n` },
      words.join(' '),
    );
  }
  const { user } = placeFor(t, 'file');
  await user(['add', 'alice'], 'secret\n');
  t.same(await user(['key', 'alice', 'ssh-dss AAAA']), {
    code: 64,
    out: '',
    err: 'portico: keys of type ssh-dss are too weak: make one with ssh-keygen -t ed25519\n',
  });
  t.same(await user(['password', 'alice'], ''), {
    code: 64,
    out: '',
    err: 'portico: expected a password on standard input\n',
  });
});

t.test('where there is nothing to write to', async (t) => {
  const none = placeFor(t, null);
  t.same(await none.user(['list']), {
    code: 78,
    out: '',
    err: 'portico: daemon.config.yaml names no accounts: add "accounts: ./accounts.yaml" to it\n',
  });
  for (const [kind, name] of [
    ['file', 'no/accounts.yaml'],
    ['sqlite', 'no/accounts.db'],
  ] as const) {
    t.same(await placeFor(t, kind, name).user(['add', 'alice'], 'x\n'), {
      code: 78,
      out: '',
      err: `portico: @/${name}: there is no such folder\n`,
    });
  }
});

t.test('what is wrong with the accounts', async (t) => {
  const file = placeFor(t, 'file');
  fs.writeFileSync(join(file.folder, 'accounts.yaml'), 'alice: { qota: 1GB }\n');
  t.same(await file.user(['add', 'bob'], 'x\n'), {
    code: 78,
    out: '',
    err: 'rendered: unknown key "qota", did you mean "quota"?\n',
  });
  fs.writeFileSync(join(file.folder, 'accounts.yaml'), 'alice: &a {}\nbob: *a\n');
  t.same(await file.user(['password', 'bob'], 'x\n'), {
    code: 1,
    out: '',
    err: 'portico: @/accounts.yaml: the account "bob" is written in a way that has to be changed by hand\n',
  });
  const database = placeFor(t, 'sqlite', 'accounts.db');
  fs.writeFileSync(join(database.folder, 'accounts.db'), 'alice: {}\n'.repeat(100));
  t.same(await database.user(['list']), {
    code: 78,
    out: '',
    err: 'portico: @/accounts.db: cannot be used: file is not a database\n',
  });
  const htpasswd = placeFor(t, 'htpasswd', 'htpasswd');
  t.same(await htpasswd.user(['add', 'alice'], 'x\n'), {
    code: 1,
    out: '',
    err: 'portico: @/htpasswd: an htpasswd file is kept with the program of that name: htpasswd -B -c @/htpasswd alice\n',
  });
  t.match(await htpasswd.user(['list']), { code: 0, out: 'no accounts\n' });
});

t.test('77 without permission', { skip: process.geteuid?.() === 0 ? 'root may do everything' : false }, async (t) => {
  for (const [kind, name] of [
    ['file', 'accounts.yaml'],
    ['sqlite', 'accounts.db'],
  ] as const) {
    const { user, folder } = placeFor(t, kind, name);
    fs.chmodSync(folder, 0o500);
    t.same(await user(['add', 'alice'], 'x\n'), { code: 77, out: '', err: `portico: @/${name}: permission denied\n` });
    fs.chmodSync(folder, 0o700);
  }
});

t.test('errors that nobody knows stay what they are', async (t) => {
  const { folder } = placeFor(t, 'file');
  const plan = { accounts: [{ kind: 'file', path: join(folder, 'x'.repeat(300)) }], daemon: { state: '/' } };
  const house = createFakeHouse({ loadConfig: () => Promise.resolve(plan as unknown as Plan) });
  const terminal = createFakeTerminal({ directory: folder });
  const { editor } = await findAccounts({ options: {}, terminal, house });
  await t.rejects(editor.add('alice', 'hash'), { code: 'ENAMETOOLONG' });
});

t.test('--help tells what to do', async (t) => {
  const { code, out } = await portico(['user', '--help']);
  t.equal(code, 0);
  t.match(out, 'Usage: portico user [-c FILE] [--json] add|password|remove|list|key [NAME] [KEY…]\n');
  t.match(out, "key NAME 'ssh-ed25519 AAAA… alice@laptop'");
});

t.test('the program itself, with a real configuration', async (t) => {
  const folder = folderOf(t, {
    'daemon.config.yaml': 'accounts: ./accounts.yaml\nservices:\n  echo: { listen: "tcp://127.0.0.1:0" }\n',
  });
  const run = (words: readonly string[], input: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const program = [join(root, 'bin/portico.js'), ...words];
      const env = { ...process.env, PORTICO_CONFIG: '', NODE_OPTIONS: '' };
      const child = execFile(process.execPath, program, { cwd: folder, env }, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out: out.replaceAll(folder, '@'), err }),
      );
      child.stdin?.end(input);
    });
  t.same(await run(['user', 'add', 'alice'], 'secret\n'), {
    code: 0,
    out: 'alice added to @/accounts.yaml\n',
    err: '',
  });
  t.match(await run(['user', 'list'], ''), { code: 0, out: /^alice +yes .* @\/var\/home\/alice$/m });
  t.match(fs.readFileSync(join(folder, 'accounts.yaml'), 'utf8'), /^alice:\n {2}password: \$argon2id\$/);
  t.match(await run(['hash-password'], 'secret'), { code: 0, out: /^\$argon2id\$\S+\n$/, err: '' });
});

t.test('a folder below state is made with the first account', async (t) => {
  const folder = folderOf(t, { 'daemon.config.yaml': '' });
  const path = join(folder, 'state/accounts/all.yaml');
  const plan = { accounts: [{ kind: 'file', path }], daemon: { state: join(folder, 'state') } } as unknown as Plan;
  const house = createFakeHouse({ loadConfig: () => Promise.resolve(plan) });
  const user = (words: readonly string[]): Promise<Outcome> =>
    portico(
      ['user', ...words],
      createFakeTerminal({ directory: folder, input: Readable.from([Buffer.from('sesame\n')]) }),
      house,
    );
  t.match(await user(['list']), { code: 0, out: 'no accounts\n' });
  t.notOk(fs.existsSync(join(folder, 'state')));
  t.match(await user(['add', 'alice']), { code: 0, out: `alice added to ${path}\n` });
});

t.test('a key has to be in quotes, and a private one is not repeated', async (t) => {
  const { user } = placeFor(t, 'file');
  t.match(await user(['key', 'alice', 'ssh-ed25519', 'AAAA']), { code: 64, err: /put the key in quotes/ });
  for (const words of [
    ['-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXk'],
    ['BEGIN', 'OPENSSH', 'PRIVATE', 'KEY', 'b3BlbnNzaC1rZXk'],
  ]) {
    const { code, out, err } = await user(['key', 'alice', ...words]);
    t.equal(code, 64);
    t.match(err, /expected a public key, got a private one/);
    t.notMatch(out + err, /b3Blbn/);
  }
});

t.test('an htpasswd file is kept by its own program, also for a new password', async (t) => {
  const { user, folder } = placeFor(t, 'htpasswd', 'htpasswd');
  fs.writeFileSync(join(folder, 'htpasswd'), '');
  t.match(await user(['password', 'alice']), { code: 1, err: /: htpasswd -B @\/htpasswd alice\n$/ });
});
