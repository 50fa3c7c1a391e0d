import { join } from 'node:path';

import { permissions, type AccountRecord } from '../contract/account.ts';
import { ConfigError } from '../contract/errors.ts';
import { hideSecrets, withExcerpts } from './account-secrets.ts';
import { accountNameSchema, accountShape } from './account-shape.ts';
import { readDocument } from './document.ts';
import { createMistakes, type Mistakes } from './mistakes.ts';
import { createReader, type Reader } from './reader.ts';
import { createSource, positionOf, readText, SourceError, type Source } from './source.ts';
import { isEmpty, type TreeNode } from './tree.ts';

export interface AccountDefaults {
  /** Absolute path of `daemon.state`: homes that are not set are folders below it. */
  readonly state: string;
  /** For `${…}`. Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ReadAccounts {
  /** None when there are mistakes. */
  readonly records: readonly AccountRecord[];
  readonly mistakes: ConfigError | null;
  /** There is no such file: that is no mistake, for the first account makes it. */
  readonly isMissing: boolean;
}

export const accountsLimits = { maxBytes: 16 * 1024 ** 2, maxText: '16MB', maxAccounts: 100_000 };
const maxNodes = 2_000_000;

/** Reads an accounts file. No message and no excerpt shows a password, or what may be one. */
export function readAccountsFile(path: string, { state, env = process.env }: AccountDefaults): ReadAccounts {
  const mistakes = createMistakes();
  const source = readAccountsSource(path, mistakes);
  if (source === null) return { records: [], mistakes: null, isMissing: true };
  const root = mistakes.count > 0 ? null : readTree(source, env, mistakes);
  const records = root === null ? [] : readRecords(root, mistakes, state);
  if (mistakes.count === 0) return { records, mistakes: null, isMissing: false };
  const shown = withExcerpts(mistakes.toError([path]).mistakes, source, root);
  return { records: [], mistakes: new ConfigError(shown), isMissing: false };
}

/** null: there is no such file. What else keeps it from being read is a mistake. */
export function readAccountsSource(path: string, mistakes: Mistakes): Source | null {
  try {
    return createSource(path, path, readText(path, accountsLimits));
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.isMissing) return null;
    const source = createSource(path, path, error.text);
    const message = error.text === '' ? `cannot read the file: ${error.message}` : error.message;
    mistakes.add(source, [error.offset, error.offset], [], message);
    return source;
  }
}

function readTree(
  source: Source,
  env: Readonly<Record<string, string | undefined>>,
  mistakes: Mistakes,
): TreeNode | null {
  const root = readDocument(source, { env, mistakes: withoutInput(mistakes), maxNodes });
  if (root === null) return null;
  if (root.kind === 'map') return hideSecrets(withEmptyAccounts(root));
  mistakes.add(source, root.range ?? [0, 0], [], 'expected a map of accounts, each below its name');
  return null;
}

/** A name alone is an account in which nothing is set. */
function withEmptyAccounts(root: TreeNode): TreeNode {
  const children = [...root.children].map(([name, node]): [string, TreeNode] => [
    name,
    isEmpty(node) ? { ...node, kind: 'map', children: new Map() } : node,
  ]);
  return { ...root, children: new Map(children) };
}

/** The parser's messages may repeat a piece of what they are about. */
function withoutInput(mistakes: Mistakes): Mistakes {
  return {
    ...mistakes,
    get count() {
      return mistakes.count;
    },
    add: (source, range, path, message) => mistakes.add(source, range, path, withoutQuotes(message)),
  };
}

function withoutQuotes(message: string): string {
  const syntax = /^(this is not YAML: [^:"'`!&*%@\\]*)/.exec(message)?.[1]?.trimEnd();
  return (syntax ?? message)
    .replace(/, got ".*$/s, '')
    .replace(/^there is no anchor ".*" before this$/s, 'there is no anchor of this name before')
    .replace(/^".*" contains itself$/s, 'this contains itself');
}

function readRecords(root: TreeNode, mistakes: Mistakes, state: string): AccountRecord[] {
  const { maxAccounts } = accountsLimits;
  if (root.children.size > maxAccounts) {
    mistakes.add(root.source, [0, 0], [], `expected at most ${maxAccounts} accounts, got ${root.children.size}`);
    return [];
  }
  const reader = createReader(root, mistakes);
  const records = [...root.children.keys()].flatMap((name) => readRecord(reader, name, state) ?? []);
  checkMail(reader, records);
  return records;
}

function readRecord(reader: Reader, name: string, state: string): AccountRecord | null {
  const named = accountNameSchema.safeParse(name);
  if (!named.success) reader.mistakes.addAtKey(reader.root, [name], named.error.issues[0]?.message ?? '');
  const before = reader.mistakes.count;
  const {
    password,
    keys = [],
    home,
    services,
    permissions: given,
    quota,
    mail = [],
  } = reader.members(accountShape, [name]);
  if (!named.success || reader.mistakes.count > before) return null;
  return {
    name,
    password: password ?? null,
    keys: [...new Set(keys)],
    home: home ?? join(state, 'home', name),
    services: services ?? null,
    permissions: permissions.filter((permission) => given?.includes(permission)),
    quota: quota ?? null,
    mail,
  };
}

/** An address can only be one account's. */
function checkMail(reader: Reader, records: readonly AccountRecord[]): void {
  const owners = new Map<string, string>();
  for (const { name, mail } of records) {
    for (const [index, address] of mail.entries()) {
      const owner = owners.get(address.toLowerCase());
      if (owner === undefined) owners.set(address.toLowerCase(), name);
      else reader.wrong([name, 'mail', index], `${JSON.stringify(address)} is ${placeOf(reader.root, owner)} already`);
    }
  }
}

function placeOf(root: TreeNode, name: string): string {
  const key = root.children.get(name)?.key?.[0] ?? 0;
  return `of the account ${JSON.stringify(name)} (line ${positionOf(root.source, key).line})`;
}
