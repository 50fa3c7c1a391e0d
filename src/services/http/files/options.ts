import * as z from 'zod';

import { path } from '../../../contract/options.ts';

const fileName = z.string().regex(/^[^/\0]{1,255}$/, 'expected the name of a file');

export const filesRouteOptions = z.strictObject({
  files: path().describe('folder whose files are served'),
  index: z
    .array(fileName)
    .default(['index.html'])
    .describe('files that stand for their folder, the first that is there'),
  listing: z.boolean().default(false).describe('whether a folder without such a file is listed'),
  dotfiles: z.boolean().default(false).describe('whether names that begin with a dot are served'),
  precompressed: z
    .boolean()
    .default(true)
    .describe('whether NAME.br, NAME.zst and NAME.gz are sent in place of NAME to peers that take them'),
});

export type FilesRouteOptions = z.output<typeof filesRouteOptions>;
