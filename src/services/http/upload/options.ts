import * as z from 'zod';

import { path, size } from '../../../contract/options.ts';
import { nameTemplate } from '../../../wire/name-template-option.ts';
import { templateWords } from '../../../wire/name-template.ts';

/** `{ upload: true, directory: ./incoming, deliver: [archive] }`: things that peers PUT or POST are stored, delivered, or both. */
export const uploadRouteOptions = z.strictObject({
  upload: z.literal(true).describe('true: what is sent by PUT or POST is taken in'),
  directory: path()
    .optional()
    .describe(
      'folder in which things appear once they are whole; made if it is missing. Default: they are delivered only',
    ),
  deliver: z.array(z.string()).optional().describe("names of the deliveries that things go to. Default: the service's"),
  max_size: size({ min: '1B' })
    .prefault('1GB')
    .describe('largest thing that is taken; of a form, all its files together'),
  max_files: z.int().min(1).max(1000).prefault(20).describe('files that one form may bring'),
  name: nameTemplate()
    .prefault('{name}')
    .describe(
      `where in the folder a thing stands: ${templateWords
        .slice(0, 6)
        .map((word) => `{${word}}`)
        .join(' ')} {extension}`,
    ),
  overwrite: z
    .boolean()
    .prefault(true)
    .describe('whether a thing takes the place of one of the same name in the folder'),
});

export type UploadRouteOptions = z.output<typeof uploadRouteOptions>;

/** Where things go; null: nowhere, and that is a mistake. */
export function deliveriesOf(
  { directory, deliver }: Pick<UploadRouteOptions, 'directory' | 'deliver'>,
  ofService: readonly string[],
): readonly string[] | null {
  const names = deliver ?? ofService;
  return directory === undefined && names.length === 0 ? null : names;
}
