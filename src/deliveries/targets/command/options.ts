import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { path } from '../../../contract/options.ts';
import { environment } from '../../option-types.ts';

const argument = z
  .string()
  .max(65_536)
  .regex(/^[^\0]*$/, 'expected text without a NUL character');

const options = z.strictObject({
  command: z
    .tuple([path()], argument)
    .describe('path of the program and its arguments; a relative path is relative to this file'),
  env: environment().prefault({}).describe('more variables for the environment'),
  directory: path().prefault('/').describe('folder in which the program runs'),
});

export type CommandOptions = z.output<typeof options>;

export const commandKind: TargetKind<CommandOptions> = {
  name: 'command',
  summary: 'starts a program that reads the thing from its standard input',
  options,
  example: `command: [/usr/bin/lp, -d, office]
`,
};
