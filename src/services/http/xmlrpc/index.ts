import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import { absent, HttpError, type Exchange, type Route, type RouteHost } from '../route.ts';
import { answerJson } from './answer-json.ts';
import { answerXml, type AnswerOptions } from './answer-xml.ts';
import { parseContentType } from '../../../wire/content-type.ts';
import { loadMethods } from './load-methods.ts';
import type { XmlRpcRouteOptions } from './options.ts';
import { pageStyle, renderPage } from './page.ts';
import { createSystemMethods } from './system-methods.ts';

/** Methods of modules, called by XML-RPC or JSON-RPC 2.0 at the prefix itself and nowhere below it. */
export async function createXmlRpcRoute(
  { xmlrpc: options }: XmlRpcRouteOptions,
  { prefix, context }: RouteHost,
): Promise<Route> {
  const methods = await loadMethods(options.methods, context.loadModule);
  for (const method of createSystemMethods(methods, options.introspection)) methods.set(method.name, method);
  const page = options.documentation ? Buffer.from(renderPage(`Methods of ${prefix}`, methods)) : null;
  const answerOptions: AnswerOptions = { methods, maxBodyBytes: options.max_body };

  return {
    async handle(exchange) {
      const { request, response } = exchange;
      if (exchange.rest !== '') throw absent();
      if (request.method === 'POST') return answerCall(exchange, answerOptions);
      if (page !== null && (request.method === 'GET' || request.method === 'HEAD')) {
        return send(response, pageHeaders, page);
      }
      const allowed = page === null ? 'POST' : 'GET, HEAD, POST';
      throw new HttpError(405, 'Methods are called with POST.', { Allow: allowed });
    },
  };
}

/**
 * A browser sends text/plain and forms to anyone, but these types only after it has asked, which nobody answers here: so no
 * page can call methods with the rights of who looks at it.
 */
async function answerCall(exchange: Exchange, options: AnswerOptions): Promise<void> {
  const { headers } = exchange.request;
  const { type, charset } = parseContentType(headers['content-type']);
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(415, 'Bodies are taken without a content encoding.', { 'Accept-Encoding': 'identity' });
  }
  switch (type) {
    case 'text/xml':
    case 'application/xml':
      return send(exchange.response, xmlHeaders, await answerXml(exchange, charset, options));
    case 'application/json':
    case 'application/json-rpc':
    case 'application/jsonrequest': {
      const answer = await answerJson(exchange, options);
      if (answer !== null) return send(exchange.response, jsonHeaders, answer);
      exchange.response.writeHead(204).end();
      return;
    }
    default:
      throw new HttpError(415, 'A call is text/xml (XML-RPC) or application/json (JSON-RPC 2.0).');
  }
}

type Headers = Readonly<Record<string, string>>;

const xmlHeaders: Headers = { 'Content-Type': 'text/xml; charset=utf-8' };
const jsonHeaders: Headers = { 'Content-Type': 'application/json' };
const pageHeaders: Headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hashOf(pageStyle)}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  'X-Content-Type-Options': 'nosniff',
};

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function send(response: ServerResponse, headers: Headers, body: string | Buffer): void {
  const bytes = Buffer.byteLength(body);
  response.writeHead(200, { ...headers, 'Content-Length': bytes });
  // Text that is all ASCII, as most is, need not be encoded.
  if (typeof body === 'string' && bytes === body.length) response.end(body, 'latin1');
  else response.end(body);
}
