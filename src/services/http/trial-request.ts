import type { Json } from '../../contract/bus.ts';
import type { TrialAddress } from '../../contract/service.ts';
import { inQuotes } from '../../wire/shell-word.ts';

/** A shell command for a route that is there: "/", or else the first. `routes` as they are written. */
export function trialOfRoutes(address: TrialAddress, routes: Json): string {
  const members = (routes ?? {}) as Readonly<Record<string, Json>>;
  const prefix = '/' in members ? '/' : (Object.keys(members)[0] ?? '/');
  const { upload, accounts, cgi } = (members[prefix] ?? {}) as Readonly<Record<string, Json>>;
  const words = [...(accounts === undefined ? [] : ['-u NAME']), ...(upload === true ? ['-T FILE'] : [])];
  // Behind a slash curl puts the name of the file.
  const target = upload === true && !prefix.endsWith('/') ? `${prefix}/` : prefix;
  // Of a folder of programs nothing but its programs answers.
  if (cgi !== undefined && prefix.endsWith('/')) return trialRequest(address, `${prefix}NAME`, words);
  return trialRequest(address, target, words);
}

/** A shell command that asks for a path. */
export function trialRequest(
  { kind, host, port, path }: TrialAddress,
  given: string,
  words: readonly string[] = [],
): string {
  const curl = ['curl', ...words].join(' ');
  const target = given.split('/').map(encoded).join('/');
  if (kind === 'unix') return `${curl} --unix-socket ${inQuotes(path)} http://localhost${target}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const authority = `${name.includes(':') ? `[${name}]` : name}:${port}`;
  return kind === 'tls' ? `${curl} -k https://${authority}${target}` : `${curl} http://${authority}${target}`;
}

/** Nothing of it means anything to a shell. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

/** Where the route of a service that has one is, if that is written; else null. */
export function writtenPath(options: Json | undefined): string | null {
  const { path } = (options ?? {}) as Readonly<Record<string, Json>>;
  return typeof path === 'string' ? path : null;
}
