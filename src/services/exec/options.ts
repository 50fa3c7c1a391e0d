import * as z from 'zod';

import { duration, fileMode, path, size } from '../../contract/options.ts';
import type { ResourceLimits } from '../../contract/program.ts';

const noNul = z.string().regex(/^[^\0]*$/, 'expected text without a NUL character');

const variable = z.union([noNul, z.number(), z.boolean()]).transform(String);

export const execOptions = z.strictObject({
  command: z
    .tuple([path()], noNul)
    .describe('path of the program and its arguments; a relative path is relative to this file'),
  wait: z
    .boolean()
    .default(false)
    .describe('true: the program gets the listening or bound socket itself and is started when something arrives'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/, 'expected the name of a variable'), variable)
    .default({})
    .describe('more variables for the environment'),
  pass_env: z
    .array(z.string().regex(/^[^=\0]+$/, 'expected the name of a variable'))
    .default([])
    .describe("names of variables of the daemon's own environment that go on to the program"),
  directory: path().default('/').describe('folder in which the program runs'),
  argv0: noNul.optional().describe('name the program is called by, instead of its path'),
  stderr: z
    .enum(['log', 'socket', 'discard'])
    .default('log')
    .describe('where its standard error goes: line by line into the log, to the peer, or nowhere'),
  umask: fileMode().optional().describe('permissions that files it makes do not get, such as "027"'),
  nice: z.int().min(-20).max(19).optional().describe('niceness: 19 yields to everyone, below 0 needs root'),
  rlimits: z
    .strictObject({
      as: bytes().describe('address space'),
      core: bytes().describe('core file'),
      cpu: limited(duration({ min: '1s', max: '3650d' }).transform((ms) => Math.ceil(ms / 1000))).describe(
        'processor time',
      ),
      data: bytes().describe('data segment and heap'),
      files: count().describe('descriptors'),
      fsize: bytes().describe('files that it writes'),
      memlock: bytes().describe('memory that is locked'),
      processes: count().describe('processes of its user'),
      rss: bytes().describe('memory in use, where the system heeds it'),
      stack: bytes().describe('stack'),
    })
    .transform(given)
    .optional()
    .describe('what the program may use up, as setrlimit(2) has it; raising a limit needs root'),
  max_load: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe("no program is started while the system's load average over one minute is higher"),
});

/** A resource limit: what it is measured in, or none. */
function limited(schema: z.ZodType<number>) {
  return z.union([z.literal('unlimited').transform(() => null), schema]).optional();
}

function bytes() {
  return limited(size());
}

function count() {
  return limited(z.int().min(1).max(1_000_000_000));
}

function given(limits: Readonly<Record<string, number | null | undefined>>): ResourceLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

export type ExecOptions = z.output<typeof execOptions>;
