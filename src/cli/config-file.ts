import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { exitCodes, ExitError } from '../contract/errors.ts';
import type { Call } from './commands.ts';

const localFile = 'daemon.config.yaml';
const systemFile = '/etc/portico/daemon.config.yaml';

export interface ConfigFile {
  /** As it was written, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** The configuration that a command is about. */
export function findConfigFile({ options, terminal }: Pick<Call, 'options' | 'terminal'>): ConfigFile {
  const { env, directory } = terminal;
  const fileOf = (name: string): ConfigFile => ({ name, path: resolve(directory, name) });
  const named = options.config ?? env['PORTICO_CONFIG'];
  if (named !== undefined && named !== '') return fileOf(named);
  const found = [localFile, systemFile].map(fileOf).find(({ path }) => existsSync(path));
  if (found !== undefined) return found;
  throw new ExitError(
    exitCodes.config,
    `there is no ./${localFile} and no ${systemFile}: name a configuration with -c FILE or $PORTICO_CONFIG`,
  );
}
