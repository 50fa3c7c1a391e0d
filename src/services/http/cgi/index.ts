import { parseSearchWords } from '../../../wire/search-words.ts';
import { metaVariables } from '../gateway/meta-variables.ts';
import { lookAt } from '../gateway/jail.ts';
import { takeBody } from '../gateway/request-body.ts';
import { searchPath } from '../gateway/search-path.ts';
import { createSlots } from '../gateway/slots.ts';
import { HttpError, type Exchange, type Route, type RouteHost } from '../route.ts';
import { createScriptFinder } from './find-script.ts';
import type { CgiRouteOptions } from './options.ts';
import { runScript, type RunningScript } from './run-script.ts';

export { cgiRouteOptions, type CgiRouteOptions } from './options.ts';

/** A program for each request (RFC 3875). */
export function createCgiRoute(options: CgiRouteOptions, { prefix, context, redispatch }: RouteHost): Route {
  const running = new Set<() => void>();
  let isStopping = false;
  let allEnded = (): void => {};
  const findScript = createScriptFinder(options, prefix);
  const slots = createSlots({ count: options.max_processes, queue: options.queue, patienceMs: options.timeout });
  if (lookAt(options.cgi) === null) {
    // Not the end: it may be installed or mounted later, and each request looks again.
    context.log.warning(`${options.cgi} is not there now: requests for it get a 404`);
  }

  /** The place among the programs is given back when the program has ended, whatever becomes of the answer. */
  async function begin(exchange: Exchange): Promise<RunningScript> {
    const script = findScript(exchange);
    const { method } = exchange.request;
    const isSearch = script.takesWords && (method === 'GET' || method === 'HEAD');
    const body = await takeBody(exchange, options.max_body);
    let giveBack = (): void => {};
    try {
      const variables = metaVariables({
        exchange,
        place: script,
        length: body.length,
        passAuthorization: options.pass_authorization,
      });
      giveBack = await slots.take(exchange);
      if (isStopping) throw new HttpError(503, 'This server ends.');
      const program = runScript({
        exchange,
        script,
        words: isSearch ? parseSearchWords(exchange.query) : [],
        env: { PATH: searchPath(), ...variables, ...options.env },
        body,
        timeoutMs: options.timeout,
        context,
        running,
      });
      void program.over.then(() => {
        giveBack();
        if (running.size === 0) allEnded();
      });
      return program;
    } catch (error) {
      giveBack();
      throw error;
    } finally {
      // The program has a descriptor of its own.
      body.close();
    }
  }

  return {
    async handle(exchange) {
      const { answered, over } = await begin(exchange);
      const { target } = await answered;
      if (target === null) return;
      await over;
      await redispatch(exchange, target);
    },
    async stop() {
      isStopping = true;
      if (running.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      allEnded = resolve;
      for (const end of running) end();
      await promise;
    },
  };
}
