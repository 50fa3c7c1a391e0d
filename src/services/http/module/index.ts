import type { HttpRequestContext } from '../../../contract/http-app.ts';
import { reasonOf } from '../../../contract/errors.ts';
import type { Exchange, Route, RouteHost } from '../route.ts';
import { appOf } from './app-of.ts';
import type { ModuleRouteOptions } from './options.ts';
import { createAppRequest } from './request.ts';
import { sendResponse } from './send-response.ts';

export { moduleRouteOptions, type ModuleRouteOptions } from './options.ts';

/**
 * Requests answered by a module of the operator's own, which gets Web-standard requests and gives Web-standard responses.
 * Nothing here waits for the app with a clock: the session's limits end a request that is never answered.
 */
export async function createModuleRoute(
  options: ModuleRouteOptions,
  { prefix, context }: Pick<RouteHost, 'prefix' | 'context'>,
): Promise<Route> {
  const { default: exported } = await context.loadModule(options.module);
  const app = appOf(exported, options.module);
  try {
    await app.start?.({ service: context.name, route: prefix, log: context.log, signal: context.draining });
  } catch (error) {
    throw new Error(`start() of ${options.module}: ${reasonOf(error)}`, { cause: error });
  }
  return {
    async handle(exchange) {
      const { request, leave } = createAppRequest(exchange, options.max_body);
      try {
        await sendResponse(await app.fetch(request, contextOf(exchange)), exchange);
      } catch (error) {
        // The peer has left: an app that stops because of that has done nothing wrong.
        if (!exchange.signal.aborted) throw error;
      } finally {
        leave();
        if (exchange.signal.aborted && !exchange.response.writableEnded) exchange.response.destroy();
      }
    },
    async stop() {
      await app.stop?.();
    },
  };
}

function contextOf({ session, account, signal }: Exchange): HttpRequestContext {
  return { session: session.id, peer: session.peer, account, log: session.log, signal };
}
