import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Test } from 'tap';

import { createCgiRoute } from '../../../../src/services/http/cgi/index.ts';
import { cgiRouteOptions } from '../../../../src/services/http/cgi/options.ts';
import { serveRoutes, type ServeRouteOptions } from '../../../support/exchange.ts';
import type { Served } from '../../../support/serve.ts';

export interface Stage {
  readonly served: Served;
  readonly folder: string;
  /** Of the route, with a slash at its end. */
  readonly url: string;
}

export type Programs = Readonly<Record<string, string>>;

/** A folder of programs, served below /cgi-bin/. What does not begin with "#!" is a shell script. */
export async function stage(
  t: Test,
  programs: Programs,
  options: object = {},
  more: ServeRouteOptions = {},
): Promise<Stage> {
  const folder = writePrograms(t, programs);
  const parsed = cgiRouteOptions.parse({ cgi: folder, ...options });
  const served = await serveRoutes(t, { '/cgi-bin/': (host) => createCgiRoute(parsed, host) }, more);
  return { served, folder, url: `http://127.0.0.1:${served.port}/cgi-bin/` };
}

export function writePrograms(t: Test, programs: Programs): string {
  const folder = t.testdir();
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(programs)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}`);
    chmodSync(path, 0o755);
  }
  return folder;
}

/** The header of a text. */
export const plain = 'printf "Content-Type: text/plain\\n\\n"\n';

/** "NAME=value" lines as an object. */
export function variablesOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** On a connection of its own: Node's own client closes at the end of a test only what it does not keep. */
export function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { connection: 'close', ...(init.headers as Record<string, string>) } });
}
