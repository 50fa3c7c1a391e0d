import * as z from 'zod';

import { path, size } from '../../../contract/options.ts';

/** In place of a prefix: names as they are in the module, as servers have them that ours takes the place of. */
export const noPrefix = '.';

// The characters that the specification allows in names of methods.
const prefix = z
  .string()
  .regex(/^(?:\.|[A-Za-z0-9_:/]+(?:\.[A-Za-z0-9_:/]+)*)$/, 'expected a prefix such as "math", or "." for none')
  .refine(
    (name) => !/^system(?:$|\.)/.test(name),
    'expected another prefix: the methods of "system" are the server\'s own',
  );

/** What an xmlrpc route and a service of that type have in common. */
export const xmlrpcMembers = {
  methods: z
    .record(prefix, path())
    .refine((methods) => Object.keys(methods).length > 0, 'expected at least one prefix with its module')
    .describe('modules by prefix: what a module exports becomes PREFIX.NAME, or NAME where the prefix is "."'),
  introspection: z
    .boolean()
    .default(true)
    .describe('whether system.listMethods, system.methodSignature and system.methodHelp tell about the methods'),
  documentation: z.boolean().default(true).describe('whether a GET is answered by a page about the methods'),
  max_body: size({ min: '1KB', max: '1GB' }).prefault('1MB').describe('the largest request, else 413'),
} as const;

export const xmlrpcRouteOptions = z.strictObject({
  xmlrpc: z.strictObject(xmlrpcMembers).describe('methods of your own, called by XML-RPC or JSON-RPC 2.0'),
});

export type XmlRpcRouteOptions = z.output<typeof xmlrpcRouteOptions>;
