import type * as z from 'zod';

import type { Json } from '../../contract/bus.ts';
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
  /** Its code, which `create` needs. */
  load(): Promise<unknown>;
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

/** The code of all kinds that these routes, as they are written, are of. */
export async function loadKindsOf(routes: Json): Promise<void> {
  const keys = new Set(
    Object.values((routes ?? {}) as Record<string, Json>).flatMap((route) => Object.keys(route ?? {})),
  );
  await Promise.all(routeKinds.filter(({ key }) => keys.has(key)).map((each) => each.load()));
}

function kind<Options extends z.ZodObject>(
  key: string,
  options: Options,
  load: () => Promise<(options: z.output<Options>, host: RouteHost) => Promise<Route> | Route>,
): RouteKind {
  let loading: ReturnType<typeof load> | undefined;
  const loadOnce = (): ReturnType<typeof load> => (loading ??= load());
  return {
    key,
    options,
    create: async (given, host) => (await loadOnce())(given as z.output<Options>, host),
    load: loadOnce,
  };
}
