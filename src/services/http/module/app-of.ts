import type { HttpApp } from '../../../contract/http-app.ts';

/** What a module exports by default, as an app. Throws an Error that says what is wrong with it. */
export function appOf(app: unknown, path: string): HttpApp {
  if (typeof app === 'function') return { fetch: app as HttpApp['fetch'] };
  const given = (typeof app === 'object' && app !== null ? app : {}) as Partial<HttpApp>;
  if (typeof given.fetch !== 'function')
    throw new Error(`${path}: expected a default export that is a function, or { fetch, start, stop }`);
  for (const name of ['start', 'stop'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw new Error(`${path}: expected "${name}" to be a function`);
  }
  return given as HttpApp;
}
