import * as z from 'zod';

import { fileMode, path } from '../../contract/options.ts';

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
  directory: path().default('/').describe('folder in which the program runs'),
  argv0: noNul.optional().describe('name the program is called by, instead of its path'),
  stderr: z
    .enum(['log', 'socket', 'discard'])
    .default('log')
    .describe('where its standard error goes: line by line into the log, to the peer, or nowhere'),
  umask: fileMode().optional().describe('permissions that files it makes do not get, such as "027"'),
  nice: z.int().min(-20).max(19).optional().describe('niceness: 19 yields to everyone, below 0 needs root'),
});

export type ExecOptions = z.output<typeof execOptions>;
