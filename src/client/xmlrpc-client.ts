import { XmlRpcFault, type RpcValue } from '../contract/rpc.ts';
import { parseContentType } from '../wire/content-type.ts';
import { defaultRpcLimits, type RpcLimits } from '../wire/xmlrpc/limits.ts';
import { createResponseReader, readFault } from '../wire/xmlrpc/response.ts';
import { writeCall } from '../wire/xmlrpc/write.ts';
import { createPoster } from './post.ts';

export interface XmlRpcClientOptions {
  /** "http://host:port/RPC2" or "https://…". A name and password in it are those of the account. */
  readonly url: string | URL;
  /** A unix socket to connect to; the URL then says the path and the name of the host. */
  readonly socketPath?: string;
  /** How long a call may take in all, milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For HTTP Basic. */
  readonly account?: { readonly name: string; readonly password: string };
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string;
  /** Default: 16 MB. */
  readonly maxReplyBytes?: number;
  /** Default: a million values, 64 deep. */
  readonly limits?: Partial<RpcLimits>;
  /** Connections at once. Default: 16. */
  readonly maxConnections?: number;
}

// oxlint-disable-next-line typescript/no-explicit-any -- methods have parameters and results of their own
export type XmlRpcMethods = { readonly [name: string]: (...params: any[]) => unknown };

/** Methods of an XML-RPC server. `Methods` gives their types: `createXmlRpcClient<{ 'math.add'(a: number, b: number): number }>(…)`. */
export interface XmlRpcClient<Methods extends object = XmlRpcMethods> {
  /** The result. A fault rejects as XmlRpcFault; anything else that goes wrong as an Error that names the URL. Nothing is tried twice. */
  call<Name extends keyof Methods & string>(
    name: Name,
    ...params: ParametersOf<Methods[Name]>
  ): Promise<ResultOf<Methods[Name]>>;
  /** Calls several methods in one request (system.multicall). Each gives its result, or a fault in its place. */
  callAll(calls: readonly (readonly [name: string, ...params: unknown[]])[]): Promise<(RpcValue | XmlRpcFault)[]>;
  /** Ends the connections that are kept for further calls. */
  close(): void;
}

type ParametersOf<Method> = Method extends (...params: infer Params) => unknown ? Params : never;
type ResultOf<Method> = Method extends (...params: never[]) => infer Result
  ? unknown extends Result
    ? RpcValue
    : Awaited<Result>
  : never;

const defaultTimeoutMs = 30_000;
const defaultMaxReplyBytes = 16 * 1024 * 1024;
const defaultMaxConnections = 16;
const defaultMaxValues = 1_000_000;

export function createXmlRpcClient<Methods extends object = XmlRpcMethods>(
  options: XmlRpcClientOptions,
): XmlRpcClient<Methods> {
  const url = new URL(options.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`expected an http or https URL, got one that begins with "${url.protocol}"`);
  }
  const account = options.account ?? accountOf(url);
  // In no message, and not in the request's target.
  url.username = url.password = '';
  const poster = createPoster({
    url,
    socketPath: options.socketPath,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    headers: {
      'User-Agent': 'portico',
      ...(account === null ? {} : { Authorization: basic(account) }),
      ...options.headers,
      'Content-Type': 'text/xml; charset=utf-8',
    },
    ca: options.ca,
    maxReplyBytes: options.maxReplyBytes ?? defaultMaxReplyBytes,
    maxConnections: options.maxConnections ?? defaultMaxConnections,
  });
  const limits: RpcLimits = { ...defaultRpcLimits, values: defaultMaxValues, ...options.limits };

  async function call(name: string, params: readonly unknown[]): Promise<RpcValue> {
    const answered = await poster.post(writeCall(name, params), (contentType) =>
      createResponseReader(parseContentType(contentType).charset, limits),
    );
    if (answered instanceof XmlRpcFault) throw answered;
    return answered;
  }

  return {
    call: (async (name: string, ...params: unknown[]) =>
      await call(name, params)) as unknown as XmlRpcClient<Methods>['call'],
    async callAll(calls) {
      const structs = calls.map(([methodName, ...params]) => ({ methodName, params }));
      const results = await call('system.multicall', [structs]);
      if (!Array.isArray(results) || results.length !== calls.length) {
        throw new Error(`${url.origin}: expected ${calls.length} results of system.multicall`);
      }
      return (results as readonly RpcValue[]).map((result) =>
        Array.isArray(result) ? (result[0] as RpcValue) : readFault(result),
      );
    },
    close: poster.close,
  };
}

function accountOf({ username, password }: URL): { name: string; password: string } | null {
  if (username === '') return null;
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** RFC 7617 2: what is in the name after a colon would be taken for the password. */
function basic({ name, password }: { name: string; password: string }): string {
  if (name.includes(':')) throw new TypeError('expected the name of an account without a colon');
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
