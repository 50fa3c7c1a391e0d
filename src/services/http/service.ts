import type { IncomingMessage, ServerResponse } from 'node:http';

import { reasonOf } from '../../contract/errors.ts';
import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { logAccess } from './access-log.ts';
import { createGuard, createKnownLogins, type Access, type Guard } from './basic-auth.ts';
import { checkRequest, takeHostOfTarget } from './check-request.ts';
import { compressAnswer } from './compression.ts';
import type { Turn } from './connection.ts';
import { answerError } from './errors.ts';
import { HttpExchange, Visit } from './exchange.ts';
import { createRequestTally } from './metrics.ts';
import type { HttpSettings } from './options.ts';
import { absent, HttpError, type Exchange, type Route, type RouteHost } from './route.ts';
import { createRouter } from './router.ts';
import { createHttpServer } from './server.ts';
import { parseTarget, slashLocation, type Target } from './target.ts';

/** One line of `routes`. */
export interface RouteSetting extends Access {
  readonly prefix: string;
  create(host: RouteHost): Promise<Route> | Route;
}

export interface HttpServiceOptions {
  readonly routes: readonly RouteSetting[];
  readonly settings: HttpSettings;
}

interface Entry {
  readonly prefix: string;
  readonly route: Route;
  readonly guard: Guard | null;
}

// Of one request, within the service (RFC 3875 6.2.2).
const maxHops = 10;
// RFC 8555 8.3
const acmePrefix = '/.well-known/acme-challenge/';

/** An http service with these routes. */
export async function createHttpService(
  { routes, settings }: HttpServiceOptions,
  context: ServiceContext,
): Promise<Service> {
  const entries = new Map<string, Entry>();
  const router = await openRoutes();
  const tally = createRequestTally(context.metrics, context.name);
  const server = createHttpServer({
    limits: {
      headersMs: settings.header_timeout,
      keepAliveMs: settings.keep_alive,
      requestsPerConnection: settings.max_requests,
    },
    context,
    answer: (turn, session) => void answer(turn, session),
    refused(session, { status }) {
      tally.answered('', status, 0);
      if (!settings.access_log) return;
      logAccess({ session, request: null, account: null, route: '', status, bytes: 0, seconds: 0 });
    },
  });

  return {
    connection: server.connection,
    async stop() {
      await server.stop();
      await closeRoutes();
    },
  };

  /** All of them or, when one cannot be opened, none. */
  async function openRoutes() {
    const logins = createKnownLogins();
    try {
      for (const { prefix, accounts, insecure, create } of routes) {
        const route = await created(create, { prefix, context, redispatch });
        entries.set(prefix, { prefix, route, guard: createGuard({ accounts, insecure }, context.name, logins) });
      }
    } catch (error) {
      await closeRoutes();
      throw error;
    }
    return createRouter(entries);
  }

  async function closeRoutes(): Promise<void> {
    await Promise.allSettled([...entries.values()].map(async ({ route }) => route.stop?.()));
  }

  async function answer(turn: Turn, session: Session): Promise<void> {
    const { request, response } = turn;
    const visit = new Visit(turn, session);
    watch(visit);
    if (settings.compression) compressAnswer(request, response);
    try {
      if (turn.refusal !== null) throw turn.refusal;
      const host = checkRequest(request);
      if (request.method === 'OPTIONS' && request.url === '*') return void response.writeHead(204).end();
      const target = parseTarget(request.url ?? '');
      visit.host = target.authority === null ? host : takeHostOfTarget(request, target.authority);
      await dispatch(visit, target);
      const isAnswered = response.writableEnded || response.destroyed || session.stream.writableEnded;
      if (!isAnswered) throw new Error(`the route ${visit.route} gave no whole answer`);
    } catch (error) {
      answerError({ request, response, session, route: visit.route }, error);
    }
  }

  async function dispatch(visit: Visit, target: Target): Promise<void> {
    const { path, query } = target;
    const { turn, session } = visit;
    const { request, response } = turn;
    if (path.startsWith(acmePrefix)) {
      const proof = context.acmeAnswer(path.slice(acmePrefix.length));
      if (proof !== null)
        return void response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(proof);
    }
    const found = router.find(path);
    if (found === null) throw absent();
    if (found === 'slash') return redirect(request, response, slashLocation(path, query));
    const { prefix, route, guard } = found.entry;
    visit.route = prefix;
    visit.account = guard === null ? null : await guard(session, request);
    const exchange = new HttpExchange(visit, target, found.rest);
    turn.onBroken = () => exchange.abort();
    await route.handle(exchange);
  }

  async function redispatch(exchange: Exchange, target: string): Promise<void> {
    if (!(exchange instanceof HttpExchange)) throw new Error('only an exchange of this service can be handed on');
    const { visit } = exchange;
    visit.hops += 1;
    if (visit.hops > maxHops) throw new HttpError(500, 'The request was handed on too often.');
    const { request } = visit.turn;
    if (request.method !== 'HEAD') request.method = 'GET';
    await dispatch(visit, parseTarget(target));
  }

  /** Counts and logs a request when its answer is out, or nobody is there to take it. */
  function watch(visit: Visit): void {
    const { turn, session } = visit;
    const { request, response } = turn;
    const began = performance.now();
    const before = settings.access_log ? (session.bytes.out ?? 0) : 0;
    const { method, url } = request;
    turn.onClosed = () => {
      const { route, account } = visit;
      const seconds = (performance.now() - began) / 1000;
      // Nobody waited for an answer. Programs that write to the connection themselves say nothing to `response`.
      const status = response.headersSent || session.stream.writableEnded ? response.statusCode : 499;
      tally.answered(route, status, seconds);
      if (!settings.access_log) return;
      const bytes = Math.max(0, (session.bytes.out ?? 0) - before - headerLength(response));
      const { httpVersion, headers } = request;
      const name = account === null ? null : account.name;
      logAccess({
        session,
        request: { method, url, httpVersion, headers },
        account: name,
        route,
        status,
        bytes,
        seconds,
      });
    };
  }
}

/** What a module throws, or a folder that may not be made, says nothing of where in the configuration it stands. */
async function created(create: RouteSetting['create'], host: RouteHost): Promise<Route> {
  try {
    return await create(host);
  } catch (error) {
    throw new Error(`the route ${host.prefix}: ${reasonOf(error)}`, { cause: error });
  }
}

/** 301 lets a POST become a GET; 308 does not (RFC 9110 15.4.2, 15.4.9). */
function redirect(request: IncomingMessage, response: ServerResponse, location: string): void {
  const status = request.method === 'GET' || request.method === 'HEAD' ? 301 : 308;
  response.writeHead(status, { Location: location, 'Content-Length': 0 }).end();
}

/** Of the answer, with its status line. Node has no public way to ask for it. */
function headerLength(response: ServerResponse): number {
  return (response as unknown as { _header?: string | null })._header?.length ?? 0;
}
