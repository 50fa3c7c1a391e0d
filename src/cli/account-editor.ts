import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import type { AccountEditor } from '../contract/account.ts';
import { exitCodes, ExitError, reasonOf } from '../contract/errors.ts';
import type { AccountSourcePlan, DaemonPlan } from '../contract/plan.ts';
import type { Call } from './commands.ts';
import { findConfigFile } from './config-file.ts';

export interface FoundAccounts {
  /** Where they are kept. */
  readonly path: string;
  readonly kind: AccountSourcePlan['kind'];
  readonly editor: AccountEditor;
}

/** The accounts that the commands are about: the first that the configuration names. What it throws is an ExitError or a ConfigError. */
export async function findAccounts(call: Pick<Call, 'options' | 'terminal' | 'house'>): Promise<FoundAccounts> {
  const { name } = findConfigFile(call);
  const { accounts, daemon } = await call.house.loadConfig(name);
  const [source] = accounts;
  if (source === undefined) {
    throw new ExitError(exitCodes.config, `${name} names no accounts: add "accounts: ./accounts.yaml" to it`);
  }
  const editor = await openEditor(source, daemon, call.terminal.env);
  return { path: source.path, kind: source.kind, editor: withExitCodes(editor, source.path, daemon.state) };
}

async function openEditor(
  { kind, path }: AccountSourcePlan,
  daemon: DaemonPlan,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AccountEditor> {
  const { state } = daemon;
  if (kind === 'sqlite') {
    const { openSqliteEditor } = await import('../accounts/sqlite-editor.ts');
    return openSqliteEditor({ path, state, reader: daemon });
  }
  if (kind === 'htpasswd') {
    const { openHtpasswdEditor } = await import('../config/htpasswd-editor.ts');
    return openHtpasswdEditor(path, { state });
  }
  const { openAccountsEditor } = await import('../config/accounts-editor.ts');
  return openAccountsEditor(path, { state, env });
}

/** Below `daemon.state`, folders are ours to make. */
function makeFolder(path: string, state: string): void {
  const folder = dirname(path);
  if (folder !== state && !folder.startsWith(`${state}/`)) return;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch {
    // What keeps it from being made is told when the file is written.
  }
}

/** The same editor, whose errors the command line can show. */
function withExitCodes(editor: AccountEditor, path: string, state: string): AccountEditor {
  const attempt = async <T>(task: Promise<T>): Promise<T> => {
    try {
      return await task;
    } catch (error) {
      throw explain(error, path);
    }
  };
  return {
    records: () => attempt(editor.records()),
    add(name, password) {
      makeFolder(path, state);
      return attempt(editor.add(name, password));
    },
    setPassword: (name, password) => attempt(editor.setPassword(name, password)),
    remove: (name) => attempt(editor.remove(name)),
    addKey: (name, key) => attempt(editor.addKey(name, key)),
    close: () => editor.close(),
  };
}

function explain(error: unknown, path: string): unknown {
  const { name, cause } = error as Error;
  // By name: their modules are only loaded when they are needed.
  if (name === 'OptionError') return new ExitError(exitCodes.usage, reasonOf(error));
  if (name === 'FileLocked' || name === 'NotEditable') {
    return new ExitError(exitCodes.negative, `${path}: ${reasonOf(error)}`);
  }
  if (name !== 'AccountsDatabaseError') return explainFile(error, path) ?? error;
  return explainFile(cause, path) ?? new ExitError(exitCodes.config, reasonOf(error));
}

// SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN.
const refusals = [3, 8, 14];

function explainFile(error: unknown, path: string): ExitError | null {
  const { code = '', errcode = 0 } = (error ?? {}) as { readonly code?: string; readonly errcode?: number };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ExitError(exitCodes.config, `${path}: there is no such folder`);
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code) || refusals.includes(errcode & 0xff)) {
    return new ExitError(exitCodes.permission, `${path}: permission denied`);
  }
  return null;
}
