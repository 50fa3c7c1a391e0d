import * as z from 'zod';

import { duration, path, size } from '../../contract/options.ts';

const formats = z.enum(['json', 'raw']);
export type LineFormat = z.output<typeof formats>;

const rotation = z
  .strictObject({
    size: size({ min: '1KB' }).optional().describe('the file is put aside before it grows past this size'),
    age: duration({ min: '1m' })
      .optional()
      .describe('the file is put aside at the end of each such time, counted from midnight: 1d, 1h'),
    keep: z.int().min(1).max(1000).prefault(7).describe('files that were put aside and are kept: NAME.1 is the newest'),
  })
  .refine((rotate) => rotate.size !== undefined || rotate.age !== undefined, {
    error: 'expected size or age, or both',
  });

const fileOptions = z.strictObject({
  path: path().describe('the file; folders that are missing are made'),
  format: formats.prefault('raw').describe('what a line is: the message as it came, or a JSON object'),
  rotate: rotation.optional().describe('when the file is put aside'),
});

export const syslogOptions = z.strictObject({
  file: z
    .union([path().transform((file): FileOptions => ({ path: file, format: 'raw' })), fileOptions], {
      error: 'expected a path, or a map such as { path: ./messages.log, format: json }',
    })
    .optional()
    .describe('file that lines are appended to: its path, or { path, format: raw|json, rotate: { size, age, keep } }'),
  format: formats.prefault('json').describe('what a line of a batch for the deliveries is'),
  batch: z
    .strictObject({
      count: z.int().min(1).max(100_000).prefault(1000).describe('most messages of a batch'),
      size: size({ min: '1KB', max: '64MB' }).prefault('1MB').describe('largest batch'),
      time: duration({ max: '1h' })
        .prefault('5s')
        .describe('how long a message waits for others; 0s: no longer than it takes to store the batch before'),
    })
    .prefault({})
    .describe('how messages are put together to be delivered, { count, size, time }: what comes first ends a batch'),
  max_message: size({ min: '480B', max: '1MB' })
    .prefault('64KB')
    .describe('longest message; of a longer one the beginning is taken'),
});

export interface FileOptions {
  readonly path: string;
  readonly format: LineFormat;
  readonly rotate?: RotateOptions | undefined;
}

export type RotateOptions = z.output<typeof rotation>;
export type SyslogOptions = z.output<typeof syslogOptions>;
