import type { Test } from 'tap';
import * as z from 'zod';

import type { ServiceModule } from '../../src/contract/index.ts';
import type { Access } from '../../src/services/http/basic-auth.ts';
import { httpShape, type HttpSettings } from '../../src/services/http/options.ts';
import type { Route, RouteHost } from '../../src/services/http/route.ts';
import { createHttpService } from '../../src/services/http/service.ts';
import { createFakeContext } from './fake-context.ts';
import { serve, type Served, type ServeOptions } from './serve.ts';

export interface ServeRouteOptions extends Partial<Access>, Pick<ServeOptions, 'context' | 'authenticate' | 'idleMs'> {
  /** Default: "/". */
  readonly prefix?: string;
  /** As in the file. */
  readonly settings?: z.input<z.ZodObject<typeof httpShape>>;
}

type Make = (host: RouteHost) => Promise<Route> | Route;

/** A route in an http service on a real loopback port. Gives the URL of the route, without a slash at its end. */
export async function serveRoute(t: Test, route: Route | Make, options: ServeRouteOptions = {}): Promise<string> {
  const { prefix = '/' } = options;
  const { port } = await serveRoutes(t, { [prefix]: route }, options);
  return `http://127.0.0.1:${port}${prefix.replace(/\/$/, '')}`;
}

/** Several of them; gives what `serve` gives. */
export async function serveRoutes(
  t: Test,
  routes: Readonly<Record<string, Route | Make>>,
  options: Omit<ServeRouteOptions, 'prefix'> = {},
): Promise<Served> {
  const { settings = {}, accounts, insecure = false, context = createFakeContext(), ...more } = options;
  const parsed: HttpSettings = z.strictObject(httpShape).parse(settings);
  const module: ServiceModule = {
    name: 'http',
    summary: 'Routes under test',
    transports: ['stream'],
    options: z.unknown(),
    example: '',
    create: () =>
      createHttpService(
        {
          settings: parsed,
          routes: Object.entries(routes).map(([prefix, route]) => ({
            prefix,
            accounts,
            insecure,
            create: (host) => (typeof route === 'function' ? route(host) : route),
          })),
        },
        context,
      ),
  };
  const served = await serve(module, { context, ...more });
  t.teardown(() => served.close());
  return served;
}
