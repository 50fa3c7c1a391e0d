import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import * as z from 'zod';

import { loadConfig } from '../../src/config/load.ts';
import { formatMistake, renderMistakes } from '../../src/config/mistakes.ts';
import { duration, path, size } from '../../src/contract/options.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { defineService, type ServiceModule } from '../../src/contract/service.ts';

const create = (): never => {
  throw new Error('no service is made while a configuration is read');
};

/** Takes everything, has no options. */
export const echo = defineService({
  name: 'echo',
  summary: 'sends back what comes',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: '',
  create,
});

/** Streams only; options of several kinds. */
export const mail = defineService({
  name: 'mail',
  summary: 'takes mail',
  transports: ['stream'],
  options: z.strictObject({
    max_size: size({ min: '1KB' }).prefault('25MB').describe('the largest mail'),
    wait: duration().optional().describe('how long it waits'),
    auth: z.enum(['none', 'optional', 'required']).default('none').describe('who may send'),
    recipients: z.array(z.string()).default(['*']).describe('whom mail is taken for'),
    root: path().optional(),
    password: z.string().optional(),
    limit: z.union([z.int().max(10), z.literal('auto')]).optional(),
    headers: z.record(z.string().regex(/^[a-z]+$/, 'expected lower-case letters'), z.string()).optional(),
  }),
  example: '',
  create,
});

/** Datagrams only, with a check of options against addresses. */
export const drop = defineService({
  name: 'drop',
  summary: 'takes datagrams',
  transports: ['datagram'],
  options: z.strictObject({ once: z.boolean().default(false), text: z.string().optional() }),
  example: '',
  check({ once, text }, listen) {
    if (text === 'broken') throw new Error('a bug in the check');
    return once && listen.length > 1
      ? { path: 'once', message: 'expected false with several addresses, got true' }
      : null;
  },
  create,
});

/** Answers authorities by itself where they come to its address. */
const http = defineService({ ...echo, name: 'http', transports: ['stream'] });

/** May require TLS. */
const ftp = defineService({
  name: 'ftp',
  summary: 'takes files',
  transports: ['stream'],
  options: z.strictObject({ require_tls: z.boolean().default(false) }),
  example: '',
  create,
});

export const types: ReadonlyMap<string, ServiceModule> = new Map(
  ([echo, mail, drop, http, ftp] as readonly ServiceModule[]).map((module) => [module.name, module]),
);

export type Files = Readonly<Record<string, string | Buffer>>;

export interface LoadCase {
  readonly files: Files;
  readonly env?: Readonly<Record<string, string>>;
  readonly loadModule?: (path: string) => Promise<ServiceModule>;
}

/** Loads "c.yaml" of some files. Folders in what comes back are written as "@". */
export async function load(t: Test, { files, env = {}, loadModule }: LoadCase): Promise<Plan | string[]> {
  const folder = write(t, files);
  try {
    const plan = await loadConfig(join(folder, 'c.yaml'), { types, env, loadModule });
    return JSON.parse(JSON.stringify(plan).replaceAll(folder, '@')) as Plan;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => formatMistake(mistake).replaceAll(`${folder}/`, '').replaceAll(folder, '@'));
  }
}

/** As `load`, with the excerpts. */
export async function render(t: Test, { files, env = {} }: LoadCase): Promise<string> {
  const folder = write(t, files);
  try {
    await loadConfig(join(folder, 'c.yaml'), { types, env });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const read = (file: string): string | null => String(files[file.slice(folder.length + 1)] ?? '');
    return renderMistakes(error.mistakes, read).replaceAll(`${folder}/`, '');
  }
}

/** In the system's folder for such things, because the path of a unix socket must be short. */
function write(t: Test, files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
