import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { interpolate } from '../config/interpolate.ts';
import { hidePlaceholders, showPlaceholders } from '../config/placeholders.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';

export interface Runtime {
  /** Absolute path of the folder with the control socket. */
  readonly folder: string;
  /** Nothing says where it is, neither the file nor the environment. */
  readonly isDefault: boolean;
}

/**
 * Where the daemon of a configuration keeps its control socket. A running daemon must stay within reach while somebody is at
 * work on the file, so this reads no more of it than it needs and takes mistakes in the rest.
 */
export async function findRuntime(file: string, env: Environment): Promise<Runtime> {
  const { runtime, state } = await readFolders(file, env);
  const systemd = firstOf(env['RUNTIME_DIRECTORY']);
  const folder = runtime ?? systemd ?? state ?? firstOf(env['STATE_DIRECTORY']);
  return folder === null ? { folder: resolve(dirname(file), 'var'), isDefault: true } : { folder, isDefault: false };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute paths, null where nothing is written. */
interface Folders {
  readonly runtime: string | null;
  readonly state: string | null;
}

async function readFolders(file: string, env: Environment): Promise<Folders> {
  const text = read(file);
  const [{ readFiles }, { createMistakes }] = await Promise.all([
    import('../config/files.ts'),
    import('../config/mistakes.ts'),
  ]);
  const { root, isWhole } = readFiles(file, { env, mistakes: createMistakes() });
  const daemon = root?.children.get('daemon');
  if (daemon === undefined && !isWhole) return await readBroken(text, dirname(file), env);
  // The section may stand in any file; paths are relative to the one that names them.
  const member = (name: string): string | null => {
    const node = daemon?.children.get(name);
    return typeof node?.value === 'string' ? resolve(dirname(node.source.path), node.value) : null;
  };
  return { runtime: member('runtime'), state: member('state') };
}

/** What can be made out of a text that is not, or not yet, YAML as a whole. */
async function readBroken(text: string, folder: string, env: Environment): Promise<Folders> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(hidePlaceholders(text), { schema: 'core', uniqueKeys: false, logLevel: 'silent' });
  const member = (name: string): string | null => {
    const value = document.hasIn(['daemon', name]) ? document.getIn(['daemon', name]) : null;
    if (typeof value !== 'string') return null;
    const written = showPlaceholders(value);
    return resolve(folder, interpolate(written, { env, folder })?.text ?? written);
  };
  return { runtime: member('runtime'), state: member('state') };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw new ExitError(exitCodes.permission, `${file}: permission denied`);
    throw new ExitError(exitCodes.config, code === 'ENOENT' ? `${file}: there is no such file` : message);
  }
}

/** systemd joins several folders with colons. */
function firstOf(folders: string | undefined): string | null {
  const first = folders?.split(':')[0];
  return first === undefined || first === '' ? null : first;
}
