import { defineService, type TrialAddress } from '../../contract/service.ts';
import type { Json } from '../../contract/bus.ts';
import { httpOptions, routeSettings } from './options.ts';
import { loadKindsOf } from './route-kinds.ts';
import { createHttpService } from './service.ts';
import { trialOfRoutes } from './trial-request.ts';
import { deliveriesOf, type UploadRouteOptions } from './upload/options.ts';

export default defineService({
  name: 'http',
  summary: 'Serves files, programs (CGI, FastCGI), modules and uploads over HTTP',
  transports: ['stream'],
  options: httpOptions,
  example: `listen: tcp://127.0.0.1:2080
routes:
  /: { files: ./public, listing: true }`,
  trial: (address: TrialAddress, options) =>
    trialOfRoutes(address, (options as { routes?: Json } | null | undefined)?.routes ?? null),
  check({ routes }, _listen, deliver) {
    const lost = Object.entries(routes as Readonly<Record<string, Partial<UploadRouteOptions>>>).find(
      ([, route]) => route.upload === true && deliveriesOf(route, deliver) === null,
    );
    if (lost === undefined) return null;
    return { path: 'routes', message: `expected a directory or deliver for ${lost[0]}, got neither` };
  },
  usesModules: ({ routes }) =>
    Object.values(routes as Readonly<Record<string, object>>).some((route) => 'module' in route || 'xmlrpc' in route),
  receives: ({ routes }) =>
    Object.values(routes as Readonly<Record<string, Partial<UploadRouteOptions>>>).some(
      ({ upload }) => upload === true,
    ),
  load: (options) => loadKindsOf((options as { routes?: Json } | null)?.routes ?? null),
  folders: ({ routes }) =>
    Object.values(routes as Readonly<Record<string, Partial<UploadRouteOptions>>>).flatMap(({ upload, directory }) =>
      upload === true && directory !== undefined ? [directory] : [],
    ),
  create: ({ routes, ...settings }, context) => createHttpService({ routes: routeSettings(routes), settings }, context),
});
