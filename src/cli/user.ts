import type { AccountRecord } from '../contract/account.ts';
import { isAccountName } from '../contract/account.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import { findAccounts, type FoundAccounts } from './account-editor.ts';
import type { Call, Command } from './commands.ts';
import { formatBytes, formatJson } from './format.ts';
import { hashFromInput } from './hash-from-input.ts';
import { UsageError } from './parse-arguments.ts';
import { renderTable } from './table.ts';

const user: Command = async (call) => {
  const [name = '', ...words] = call.words;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    throw new UsageError('user', `user does not know "${name}", only ${Object.keys(actions).join(', ')}`);
  }
  checkUsage(call, name, action, words);
  const accounts = await findAccounts(call);
  try {
    await action.run(call, accounts, words);
  } finally {
    accounts.editor.close();
  }
  return exitCodes.ok;
};

export default user;

interface Action {
  readonly words: readonly string[];
  run(call: Call, accounts: FoundAccounts, words: readonly string[]): Promise<void>;
}

const actions: Readonly<Record<string, Action>> = {
  add: {
    words: ['NAME'],
    async run({ terminal }, { editor, path }, [name = '']) {
      // Before the password is asked for; whether it is still so is asked again under the lock.
      if (await has(editor, name)) throw taken(name, path);
      if (!(await editor.add(name, await hashFromInput(terminal)))) throw taken(name, path);
      terminal.out(`${name} added to ${path}\n`);
    },
  },
  password: {
    words: ['NAME'],
    async run({ terminal }, { editor, path, kind }, [name = '']) {
      // An htpasswd file is kept by another program, which is told also of a name that it does not have.
      if (kind !== 'htpasswd' && !(await has(editor, name))) throw unknown(name, path);
      if (kind === 'htpasswd') await editor.setPassword(name, '');
      if (!(await editor.setPassword(name, await hashFromInput(terminal)))) throw unknown(name, path);
      terminal.out(`${name} has a new password\n`);
    },
  },
  remove: {
    words: ['NAME'],
    async run({ terminal }, { editor, path }, [name = '']) {
      if (!(await editor.remove(name))) throw unknown(name, path);
      terminal.out(`${name} removed from ${path}\n`);
    },
  },
  list: {
    words: [],
    async run({ options, terminal }, { editor }) {
      const { fingerprintOf } = await import('../accounts/fingerprint.ts');
      const listed = (await editor.records()).map((record) => describe(record, fingerprintOf));
      if (options.json === true) terminal.out(formatJson(listed, 2));
      else
        terminal.out(
          listed.length === 0 ? 'no accounts\n' : renderTable({ titles, rows: listed.map(rowOf) }, terminal),
        );
    },
  },
  key: {
    words: ['NAME', 'KEY'],
    async run({ terminal }, { editor, path }, [name = '', key = '']) {
      const before = await keysOf(editor, name);
      if (!(await editor.addKey(name, key))) throw unknown(name, path);
      const isNew = (await keysOf(editor, name)) > before;
      terminal.out(`${name} ${isNew ? 'has this key now' : 'had this key already'}\n`);
    },
  },
};

function checkUsage({ options }: Call, name: string, action: Action, words: readonly string[]): void {
  const missing = action.words[words.length];
  if (missing !== undefined) throw new UsageError('user', `user ${name} needs ${missing}`);
  const extra = words[action.words.length];
  // It is most likely a password, which no message repeats.
  if (extra !== undefined && (name === 'add' || name === 'password')) {
    throw new UsageError('user', `user ${name} takes no password: it is read from standard input`);
  }
  // Of a key without quotes the shell makes several words; none is repeated, for it may be a private one.
  if (name === 'key' && words.slice(1).some((word) => word.includes('PRIVATE')))
    throw new UsageError(
      'user',
      'expected a public key, got a private one: it is the one in the file that ends with .pub',
    );
  if (extra !== undefined && name === 'key')
    throw new UsageError('user', "put the key in quotes: user key NAME 'ssh-ed25519 AAAA… alice@laptop'");
  if (extra !== undefined) throw new UsageError('user', `user ${name} does not take "${extra}"`);
  if (options.json === true && name !== 'list') throw new UsageError('user', `user ${name} does not take --json`);
  const [account] = words;
  if (account === undefined || isAccountName(account)) return;
  throw new UsageError(
    'user',
    `"${account}" cannot be a name: expected 1 to 64 letters, digits, "_", ".", "@", "+" and "-", the first a letter, a digit or "_"`,
  );
}

async function keysOf(editor: FoundAccounts['editor'], name: string): Promise<number> {
  return (await editor.records()).find((record) => record.name === name)?.keys.length ?? 0;
}

async function has(editor: FoundAccounts['editor'], name: string): Promise<boolean> {
  return (await editor.records()).some((record) => record.name === name);
}

function taken(name: string, path: string): ExitError {
  return new ExitError(exitCodes.negative, `there is an account "${name}" in ${path} already`);
}

function unknown(name: string, path: string): ExitError {
  return new ExitError(exitCodes.negative, `there is no account "${name}" in ${path}`);
}

type ListedAccount = ReturnType<typeof describe>;

/** Everything but the password, as `--json` promises it. */
function describe(
  { name, home, services, permissions, quota, mail, keys, password }: AccountRecord,
  fingerprintOf: (key: string) => string,
) {
  return { name, home, services, permissions, quota, mail, keys: keys.map(fingerprintOf), password: password !== null };
}

const titles = ['NAME', 'PASSWORD', '>KEYS', 'SERVICES', 'PERMISSIONS', '>QUOTA', 'MAIL', 'HOME'];

function rowOf({ name, home, services, permissions, quota, mail, keys, password }: ListedAccount): string[] {
  const words = (list: readonly string[] | null): string => (list === null ? 'all' : list.join(' ') || 'none');
  return [
    name,
    password ? 'yes' : 'no',
    String(keys.length),
    words(services),
    permissions.length === 6 ? 'all' : words(permissions),
    formatBytes(quota),
    mail.join(' ') || '-',
    home,
  ];
}
