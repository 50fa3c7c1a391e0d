import * as z from 'zod';

import { duration, path, size } from '../../../contract/options.ts';
import { envOption, plainText } from '../gateway/env-option.ts';

const fileName = z.string().regex(/^[^./\0][^/\0]*$/, 'expected the name of a file');

/** What a route of this kind and a service that is nothing else have in common. */
export const cgiMembers = {
  env: envOption().describe('more variables for the environment'),
  timeout: duration({ min: '10ms' })
    .prefault('30s')
    .describe('how long a program may be silent before it is ended and the peer gets a 504'),
  max_processes: z.int().min(1).max(10_000).default(32).describe('programs at once, in each worker'),
  queue: z
    .int()
    .min(0)
    .max(100_000)
    .default(100)
    .describe('requests that wait for a place among them; past it, peers get a 503'),
  interpreters: z
    .record(
      z.string().regex(/^\.[A-Za-z0-9_+-]+$/, 'expected an extension such as ".php"'),
      z.tuple([path()], plainText),
    )
    .default({})
    .describe('programs that run files of an extension, such as { .php: [/usr/bin/php-cgi] }'),
  index: z
    .array(fileName)
    .default([])
    .describe('names of the programs that answer for a folder, the first that is there'),
  max_body: size({ min: '1B' }).prefault('1GB').describe('bytes that a request may bring'),
  document_root: path()
    .optional()
    .describe('DOCUMENT_ROOT, and where PATH_TRANSLATED is; default: the folder of the programs'),
  pass_authorization: z
    .boolean()
    .default(false)
    .describe('whether programs see the Authorization field, where nobody has logged in here by it'),
} as const;

export const cgiRouteOptions = z.strictObject({
  cgi: path().describe('folder with CGI programs, or one program that serves all below the route'),
  ...cgiMembers,
});

export type CgiRouteOptions = z.output<typeof cgiRouteOptions>;
