import type { Socket } from 'node:net';

import { createErrorLog, type ErrorLog } from '../../../wire/error-log.ts';
import { numberAfter } from '../../../wire/fastcgi.ts';
import type { Route, RouteHost } from '../route.ts';
import { createBackendRoute } from './backend-route.ts';
import { createConnections } from './connections.ts';
import { callFastCgi } from './fastcgi-call.ts';
import { findPlace } from './find-place.ts';
import type { FastCgiRouteOptions, ScgiRouteOptions } from './options.ts';
import { callScgi } from './scgi-call.ts';

export { fastcgiRouteOptions, scgiRouteOptions } from './options.ts';

/** A backend that speaks FastCGI, such as php-fpm. */
export function createFastCgiRoute(options: FastCgiRouteOptions, host: RouteHost): Route {
  const keepCount = options.keep_alive;
  const connections = createConnections(options.fastcgi, { keepCount });
  /** The number of the last request on each connection. */
  const numbers = new WeakMap<Socket, number>();
  return createBackendRoute(
    options,
    {
      address: options.fastcgi.text,
      place: (exchange) => findPlace(options, exchange),
      connections,
      call(socket, { exchange, variables }) {
        let errorLog: ErrorLog | null = null;
        const request = numberAfter(numbers.get(socket) ?? 0);
        numbers.set(socket, request);
        return callFastCgi({
          socket,
          request,
          variables,
          keep: keepCount > 0,
          onStderr: (chunk) => (errorLog ??= createErrorLog(exchange.session.log)).write(chunk),
          onEnd: () => {
            errorLog?.end();
            connections.keep(socket);
          },
        });
      },
    },
    host,
  );
}

/** A backend that speaks SCGI: the whole path below the route is for it. */
export function createScgiRoute(options: ScgiRouteOptions, host: RouteHost): Route {
  const connections = createConnections(options.scgi, { keepCount: 0 });
  return createBackendRoute(
    options,
    {
      address: options.scgi.text,
      place({ route, path }) {
        const mount = route.replace(/\/+$/, '');
        return { scriptName: mount, pathInfo: path.slice(mount.length), file: null, documentRoot: null };
      },
      connections,
      call: (socket, { variables, length }) => callScgi(socket, variables, length),
    },
    host,
  );
}
