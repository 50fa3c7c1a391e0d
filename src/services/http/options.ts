import * as z from 'zod';

import { duration } from '../../contract/options.ts';
import { isAccountName } from '../../contract/account.ts';
import type { Access } from './basic-auth.ts';
import { routeKinds } from './route-kinds.ts';
import type { RouteSetting } from './service.ts';

/** What every route takes beside the options of its kind. */
export const accessShape = {
  accounts: z
    .union([
      z.literal('any'),
      z.array(z.string().refine(isAccountName, { error: 'expected the name of an account' })).min(1),
    ])
    .optional()
    .describe('names of the accounts that may use it (HTTP Basic), or any. Default: everybody, without a login'),
  insecure: z
    .boolean()
    .default(false)
    .describe('whether passwords may come in clear from other machines, because a proxy in front does TLS, say'),
} as const;

/** What every http service takes, also one that is a single route. */
export const httpShape = {
  access_log: z.boolean().default(false).describe('whether each request is logged, in the combined format'),
  compression: z.boolean().default(false).describe('whether texts are compressed (zstd, gzip) for peers that take it'),
  header_timeout: duration({ min: '10ms', max: '1h' })
    .prefault('30s')
    .describe('how long the header of a request may take'),
  keep_alive: duration({ min: '10ms', max: '1h' })
    .prefault('15s')
    .describe('how long a connection may wait for its next request'),
  max_requests: z.int().min(1).max(1_000_000).default(1000).describe('requests on one connection'),
} as const;

export type HttpSettings = z.output<z.ZodObject<typeof httpShape>>;

export const pathOption = z
  .string()
  .refine(isPrefix, { error: ({ input }) => `expected a path such as "/files/", got ${JSON.stringify(input)}` })
  .meta({ title: 'path', examples: ['/', '/cgi-bin/', '/RPC2'] });

/** A path as requests have it after decoding. */
function isPrefix(text: string): boolean {
  const segments = text.slice(1).split('/');
  const hasEmpty = segments.slice(0, -1).includes('');
  return /^\/[^\p{Cc}?#%\\]*$/u.test(text) && !hasEmpty && !segments.includes('.') && !segments.includes('..');
}

// Each kind is strict, and needs the key that names it: a route can be of one kind only.
const route = z.union(
  routeKinds.map(({ options }): z.ZodType => options.safeExtend(accessShape)),
  { error: `expected a map with one of ${routeKinds.map(({ key }) => `"${key}"`).join(', ')}` },
);

export const httpOptions = z.strictObject({
  routes: z
    .record(pathOption, route)
    .refine((routes) => Object.keys(routes).length > 0, { error: 'expected at least one route' })
    .describe('what answers below which path; the longest path wins'),
  ...httpShape,
});

export type HttpOptions = z.output<typeof httpOptions>;

export function routeSettings(routes: HttpOptions['routes']): RouteSetting[] {
  return Object.entries(routes).map(([prefix, given]) => {
    const { accounts, insecure, ...own } = given as Access & Record<string, unknown>;
    const kind = routeKinds.find(({ key }) => key in own);
    if (kind === undefined) throw new Error(`the route ${prefix} is of no kind`);
    return { prefix, accounts, insecure, create: (host) => kind.create(own, host) };
  });
}
