import type * as z from 'zod';

import { cgiRouteOptions } from './cgi/options.ts';
import { fastcgiRouteOptions, scgiRouteOptions } from './fastcgi/options.ts';
import { filesRouteOptions } from './files/options.ts';
import { moduleRouteOptions } from './module/options.ts';
import type { Route, RouteHost } from './route.ts';
import { uploadRouteOptions } from './upload/options.ts';
import { xmlrpcRouteOptions } from './xmlrpc/options.ts';

/** A kind of route: named by the one key that only it has. Its code is loaded when a configuration uses it. */
export interface RouteKind {
  readonly key: string;
  readonly options: z.ZodObject;
  create(options: unknown, host: RouteHost): Promise<Route>;
}

/** The only list. */
export const routeKinds: readonly RouteKind[] = [
  kind('files', filesRouteOptions, async () => (await import('./files/index.ts')).createFilesRoute),
  kind('cgi', cgiRouteOptions, async () => (await import('./cgi/index.ts')).createCgiRoute),
  kind('fastcgi', fastcgiRouteOptions, async () => (await import('./fastcgi/index.ts')).createFastCgiRoute),
  kind('scgi', scgiRouteOptions, async () => (await import('./fastcgi/index.ts')).createScgiRoute),
  kind('module', moduleRouteOptions, async () => (await import('./module/index.ts')).createModuleRoute),
  kind('upload', uploadRouteOptions, async () => (await import('./upload/index.ts')).createUploadRoute),
  kind('xmlrpc', xmlrpcRouteOptions, async () => (await import('./xmlrpc/index.ts')).createXmlRpcRoute),
];

function kind<Options extends z.ZodObject>(
  key: string,
  options: Options,
  load: () => Promise<(options: z.output<Options>, host: RouteHost) => Promise<Route> | Route>,
): RouteKind {
  return {
    key,
    options,
    create: async (given, host) => (await load())(given as z.output<Options>, host),
  };
}
