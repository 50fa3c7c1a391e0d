import * as z from 'zod';

import { address, duration, path, size } from '../../../contract/options.ts';
import { envOption } from '../gateway/env-option.ts';

const backend = address({ kinds: ['unix', 'tcp'], isDestination: true });

const commonShape = {
  env: envOption().describe('more variables for the backend'),
  timeout: duration({ min: '10ms' })
    .prefault('30s')
    .describe('how long the backend may be silent before the peer gets a 504'),
  connections: z.int().min(1).max(10_000).default(32).describe('connections to the backend at once, from each worker'),
  queue: z
    .int()
    .min(0)
    .max(100_000)
    .default(100)
    .describe('requests that wait for one of them; past it, peers get a 503'),
  max_body: size({ min: '1B' }).prefault('1GB').describe('bytes that a request may bring'),
  pass_authorization: z
    .boolean()
    .default(false)
    .describe('whether the backend sees the Authorization field, where nobody has logged in here by it'),
} as const;

const fileName = z.string().regex(/^[^./\0][^/\0]*$/, 'expected the name of a file');
const extension = z.string().regex(/^\.[A-Za-z0-9_+-]+$/, 'expected an extension such as ".php"');

export const fastcgiRouteOptions = z.strictObject({
  fastcgi: backend.describe('where the backend listens, such as unix:/run/php/php-fpm.sock'),
  root: path()
    .optional()
    .describe(
      'folder of the scripts, as the backend sees it; without it, the whole path is for the backend (PATH_INFO)',
    ),
  index: fileName.default('index.php').describe('script that answers for a folder'),
  extensions: z.array(extension).min(1).default(['.php']).describe('extensions of scripts; other files are not served'),
  front_controller: z
    .boolean()
    .default(false)
    .describe('whether the index of the root answers for every path that is no script'),
  keep_alive: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('connections that are kept for later requests; each occupies a process of php-fpm'),
  ...commonShape,
});

export const scgiRouteOptions = z.strictObject({
  scgi: backend.describe('where the backend listens, such as tcp://127.0.0.1:4000'),
  ...commonShape,
});

export type FastCgiRouteOptions = z.output<typeof fastcgiRouteOptions>;
export type ScgiRouteOptions = z.output<typeof scgiRouteOptions>;
