import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { path } from '../../../contract/options.ts';
import { nameTemplate } from '../../../wire/name-template-option.ts';

const options = z.strictObject({
  path: path().describe('folder in which things appear once they are whole; made if it is missing'),
  name: nameTemplate().prefault('{name}').describe('where in the folder a thing stands'),
  attachments: z.boolean().prefault(false).describe('true: of a mail, only the files that are attached to it'),
});

export type DirectoryOptions = z.output<typeof options>;

export const directoryKind: TargetKind<DirectoryOptions> = {
  name: 'directory',
  summary: 'puts files into a folder',
  options,
  example: `path: ./var/archive
name: "{date}/{name}"
`,
};
