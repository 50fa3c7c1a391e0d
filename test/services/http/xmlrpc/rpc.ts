import type { Test } from 'tap';

import type { ServiceContext } from '../../../../src/contract/service.ts';
import { createXmlRpcRoute } from '../../../../src/services/http/xmlrpc/index.ts';
import { xmlrpcRouteOptions } from '../../../../src/services/http/xmlrpc/options.ts';
import { createResponseReader } from '../../../../src/wire/xmlrpc/response.ts';
import { writeCall } from '../../../../src/wire/xmlrpc/write.ts';
import { serveRoute, type ServeRouteOptions } from '../../../support/exchange.ts';
import { createFakeContext, type FakeContext } from '../../../support/fake-context.ts';

export interface ServedMethods {
  readonly url: string;
  readonly context: FakeContext;
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  /** The result of an XML-RPC call, or its fault as [code, message]. */
  call(method: string, ...params: unknown[]): Promise<unknown>;
  /** The answer to a JSON-RPC request, or to a batch. */
  json(request: unknown): Promise<unknown>;
}

/** An xmlrpc route at /RPC2, whose one module is "m". */
export async function serveMethods(
  t: Test,
  module: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> & { readonly serve?: ServeRouteOptions } = {},
): Promise<ServedMethods> {
  const { serve = {}, ...own } = options;
  const loadModule: ServiceContext['loadModule'] = async () => module;
  const context = createFakeContext({ loadModule });
  const parsed = xmlrpcRouteOptions.parse({ xmlrpc: { methods: { m: './m.ts' }, ...own } });
  const url = await serveRoute(t, (host) => createXmlRpcRoute(parsed, host), { prefix: '/RPC2', context, ...serve });
  const post = (body: string | Buffer, headers: Record<string, string> = { 'Content-Type': 'text/xml' }) =>
    fetch(url, { method: 'POST', body: body as string, headers });
  return {
    url,
    context,
    post,
    async call(method, ...params) {
      return readAnswer(await post(writeCall(method, params)));
    },
    async json(request) {
      const response = await post(JSON.stringify(request), { 'Content-Type': 'application/json' });
      const text = await response.text();
      return response.status === 200 ? (JSON.parse(text) as unknown) : response.status;
    },
  };
}

export async function readAnswer(response: Response): Promise<unknown> {
  const reader = createResponseReader();
  reader.write(Buffer.from(await response.arrayBuffer()));
  const answer = reader.end();
  return answer instanceof Error ? [answer.code, answer.message] : answer;
}
