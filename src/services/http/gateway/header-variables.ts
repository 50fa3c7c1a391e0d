import { HttpError } from '../route.ts';

/** About the connection to this server, or known to programs by other variables (RFC 3875 4.1.18). */
const withheld: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // HTTP_PROXY is where many programs look for the proxy that they shall use (httpoxy, CVE-2016-5385).
  'proxy',
]);

/**
 * The request's header as HTTP_* variables. Two names that would become one variable are refused: a program, and a proxy
 * before us that takes one of them away, must mean the same field. For the same reason only letters, digits and "-"
 * are passed.
 */
export function headerVariables(
  rawHeaders: readonly string[],
  { passAuthorization }: { readonly passAuthorization: boolean },
): Record<string, string> {
  const variables: Record<string, string> = {};
  const names = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const variable = `HTTP_${name.replaceAll(/[^a-z0-9]/g, '_').toUpperCase()}`;
    const other = names.get(variable);
    if (other !== undefined && other !== name) throw new HttpError(400, 'Two header fields have names that are one.');
    names.set(variable, name);
    if (withheld.has(name) || /[^a-z0-9-]/.test(name)) continue;
    if (name === 'authorization' && !passAuthorization) continue;
    const value = textOf(rawHeaders[at + 1]!);
    const before = variables[variable];
    variables[variable] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return variables;
}

/** Bytes that Node gives as ISO 8859-1: what is UTF-8 arrives at the program as the same bytes. */
export function textOf(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? latin1 : text;
}
