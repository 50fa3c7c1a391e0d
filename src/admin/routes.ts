import type { IncomingMessage } from 'node:http';

import type { Json } from '../contract/bus.ts';
import type { Status } from '../contract/control.ts';
import { isOwnHost } from './host-guard.ts';
import type { AdminQuestion } from './index.ts';
import { renderMetrics, type MetricsReport } from './metrics.ts';
import { page } from './page.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RoutesOptions {
  ask(what: AdminQuestion): Promise<Json>;
  readonly hosts: readonly string[];
  readonly askMs: number;
  /** How long the master may be silent and be taken for alive. */
  readonly silentMs: number;
}

interface Route {
  /** Shows what a web page that was rebound to our address must not read. */
  readonly isGuarded: boolean;
  answer(ask: Ask): Answer | Promise<Answer>;
}

interface Ask {
  (what: AdminQuestion): Promise<Json>;
  /** The master has answered not long ago. */
  isHeard(): boolean;
}

const routes: Readonly<Record<string, Route>> = {
  '/': { isGuarded: true, answer: () => text(200, page, 'text/html; charset=utf-8') },
  '/metrics': { isGuarded: false, answer: metrics },
  '/healthz': { isGuarded: false, answer: health },
  '/readyz': { isGuarded: false, answer: readiness },
  '/api/status': { isGuarded: true, answer: async (ask) => json(200, await ask('status')) },
  '/api/sessions': { isGuarded: true, answer: async (ask) => json(200, await ask('sessions')) },
};

/** Decides what a request gets. Answers 503 while the master does not answer. */
export function createRoutes({ hosts, ...options }: RoutesOptions): (request: IncomingMessage) => Promise<Answer> {
  const askOnce = createAsk(options);
  const underWay = new Map<Route, Promise<Answer>>();
  /** One answer for all that ask at the same time: its text can be long, and they can be many. */
  const answerOnce = (route: Route): Promise<Answer> => {
    const known = underWay.get(route);
    if (known !== undefined) return known;
    const answer = Promise.resolve(route.answer(askOnce)).finally(() => underWay.delete(route));
    underWay.set(route, answer);
    return answer;
  };
  return async (request) => {
    const { host, path } = targetOf(request);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if ((request.headersDistinct['host']?.length ?? 0) > 1) return text(400, 'more than one Host header\n');
    if (route === undefined) return text(404, 'not found\n');
    // A name that somebody else's DNS points here must not let that somebody's page read on. Scrapers and probes are
    // no browsers and may call us by any name.
    if (route.isGuarded && host !== undefined && !isOwnHost(host, hosts)) {
      return text(421, 'call this page by its address, or as localhost\n');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return text(405, 'method not allowed\n', 'text/plain; charset=utf-8', { Allow: 'GET, HEAD' });
    }
    try {
      return await answerOnce(route);
    } catch (error) {
      if (error instanceof NoAnswer) return json(503, { error: 'the master does not answer' });
      throw error;
    }
  };
}

/** Host and path. RFC 9112 3.2.2: a target in absolute form is to be understood, and its host counts. */
function targetOf(request: IncomingMessage): { host: string | undefined; path: string } {
  const target = request.url ?? '/';
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  const path = (absolute?.[2] ?? target).replace(/[?#].*$/s, '');
  return { host: absolute?.[1] ?? request.headers.host, path: path === '' ? '/' : path };
}

class NoAnswer extends Error {}

/** One question at a time to the master, however many ask for it. */
function createAsk(options: Pick<RoutesOptions, 'ask' | 'askMs' | 'silentMs'>): Ask {
  const pending = new Map<AdminQuestion, Promise<Json>>();
  const askInTime = async (what: AdminQuestion): Promise<Json> => {
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), options.askMs).unref();
    try {
      const value = await Promise.race([options.ask(what), late.promise]);
      if (value === null) throw new NoAnswer();
      return value;
    } finally {
      clearTimeout(timer);
    }
  };
  // The one who started this process was there then.
  let heardTick = performance.now();
  const ask = (what: AdminQuestion): Promise<Json> => {
    const known = pending.get(what);
    if (known !== undefined) return known;
    const asked = askInTime(what).finally(() => pending.delete(what));
    asked.then(
      () => (heardTick = performance.now()),
      () => {},
    );
    pending.set(what, asked);
    return asked;
  };
  return Object.assign(ask, { isHeard: () => performance.now() - heardTick < options.silentMs });
}

async function metrics(ask: Ask): Promise<Answer> {
  const body = await renderMetrics((await ask('metrics')) as unknown as MetricsReport);
  return text(200, body, 'text/plain; version=0.0.4; charset=utf-8');
}

/** A master that is busy, or just becoming the next program, is alive: it has to be silent for longer than that takes. */
async function health(ask: Ask): Promise<Answer> {
  const isAlive = await ask('status').then(
    () => true,
    () => ask.isHeard(),
  );
  if (!isAlive) throw new NoAnswer();
  return text(200, 'ok\n');
}

async function readiness(ask: Ask): Promise<Answer> {
  const status = (await ask('status')) as unknown as Status;
  const missing = status.services.filter(({ state }) => state !== 'up' && state !== 'disabled');
  const services = Object.fromEntries(missing.map(({ name, state, error }) => [name, { state, error }]));
  // Nothing is listed yet while the daemon starts, and what is up while it stops will not be for long.
  const isReady = missing.length === 0 && status.state !== 'starting' && status.state !== 'stopping';
  return json(isReady ? 200 : 503, { state: status.state, services });
}

function json(status: number, value: Json): Answer {
  return text(status, `${JSON.stringify(value)}\n`, 'application/json; charset=utf-8');
}

function text(status: number, body: string, type = 'text/plain; charset=utf-8', more: Answer['headers'] = {}): Answer {
  return { status, headers: { 'Content-Type': type, ...more }, body };
}
