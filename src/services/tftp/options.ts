import * as z from 'zod';

import { path, size } from '../../contract/options.ts';
import { largestBlockSize } from './negotiate.ts';

export const tftpOptions = z.strictObject({
  root: path().describe('the folder whose files are given, and put in with `write`'),
  write: z.boolean().default(false).describe('whether files may be put in; anybody who reaches the port may then'),
  overwrite: z.boolean().default(false).describe('whether a file that comes may replace one of its name'),
  single_port: z
    .boolean()
    .default(false)
    .describe('whether all transfers are answered from the service’s own port, as NAT and containers want it'),
  transfers: z.int().min(1).max(10_000).default(100).describe('transfers at once; past it peers are told to try later'),
  max_file_size: size({ min: '1B' }).optional().describe('largest file that may be put in; default: no limit'),
  max_block_size: z
    .int()
    .min(512)
    .max(largestBlockSize)
    .default(largestBlockSize)
    .describe('largest block, in bytes, that is agreed to: 1428 keeps packets whole on most networks'),
});

export type TftpOptions = z.output<typeof tftpOptions>;
