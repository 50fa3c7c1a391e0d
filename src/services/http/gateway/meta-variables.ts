import { formatEndpoint } from '../../../contract/endpoint.ts';
import type { Endpoint } from '../../../contract/endpoint.ts';
import type { Exchange } from '../route.ts';
import { headerVariables, textOf } from './header-variables.ts';

export type Variables = Record<string, string>;

/** Where in the address the program ends and what is for it begins. */
export interface ScriptPlace {
  /** Decoded: "/cgi-bin/report". */
  readonly scriptName: string;
  /** Decoded, with "/" at its beginning; "" where nothing follows. */
  readonly pathInfo: string;
  /** The program's file; null where the other side alone knows. */
  readonly file: string | null;
  /** Folder that PATH_TRANSLATED is in; null where there is none. */
  readonly documentRoot: string | null;
}

export interface MetaOptions {
  readonly exchange: Exchange;
  readonly place: ScriptPlace;
  /** Bytes of the body; null: the request has none. */
  readonly length: number | null;
  readonly passAuthorization: boolean;
}

/** What a program finds in its environment (RFC 3875 4.1), with what Apache and nginx made customary. Throws an HttpError. */
export function metaVariables({ exchange, place, length, passAuthorization }: MetaOptions): Variables {
  const { request, session, account } = exchange;
  const variables: Variables = headerVariables(request.rawHeaders, {
    // RFC 3875 4.1.18: what has logged somebody in here is not for the program.
    passAuthorization: passAuthorization && account === null,
  });
  variables['GATEWAY_INTERFACE'] = 'CGI/1.1';
  variables['SERVER_SOFTWARE'] = 'Portico';
  variables['SERVER_PROTOCOL'] = `HTTP/${request.httpVersion}`;
  variables['REQUEST_METHOD'] = request.method ?? 'GET';
  variables['REQUEST_URI'] = textOf(request.url ?? '/');
  variables['QUERY_STRING'] = textOf(exchange.query ?? '');
  variables['UNIQUE_ID'] = session.id;
  addPlace(variables, place);
  addEnds(variables, exchange);
  if (length !== null) {
    variables['CONTENT_LENGTH'] = String(length);
    const type = request.headers['content-type'];
    if (type !== undefined) variables['CONTENT_TYPE'] = textOf(type);
  }
  if (account !== null) {
    variables['AUTH_TYPE'] = 'Basic';
    variables['REMOTE_USER'] = account.name;
  }
  return variables;
}

function addPlace(variables: Variables, { scriptName, pathInfo, file, documentRoot }: ScriptPlace): void {
  variables['SCRIPT_NAME'] = scriptName;
  if (pathInfo !== '') variables['PATH_INFO'] = pathInfo;
  if (file !== null) {
    variables['SCRIPT_FILENAME'] = file;
    // php-cgi runs no file without it: its sign that a server, and not a peer, has named the file.
    variables['REDIRECT_STATUS'] = '200';
  }
  if (documentRoot === null) return;
  variables['DOCUMENT_ROOT'] = documentRoot;
  if (pathInfo !== '') variables['PATH_TRANSLATED'] = `${documentRoot === '/' ? '' : documentRoot}${pathInfo}`;
}

function addEnds(variables: Variables, { session, host }: Exchange): void {
  const { local, peer, tls } = session;
  variables['SERVER_NAME'] = serverName(host, local);
  variables['SERVER_PORT'] = local.family === 'unix' ? (tls === null ? '80' : '443') : String(local.port);
  variables['REMOTE_ADDR'] = addressOf(peer);
  variables['REMOTE_HOST'] = addressOf(peer);
  if (peer.family !== 'unix') variables['REMOTE_PORT'] = String(peer.port);
  variables['SERVER_ADDR'] = addressOf(local);
  variables['REQUEST_SCHEME'] = tls === null ? 'http' : 'https';
  if (tls === null) return;
  variables['HTTPS'] = 'on';
  variables['SSL_PROTOCOL'] = tls.protocol;
  variables['SSL_CIPHER'] = tls.cipher;
  if (tls.subject === null) return;
  variables['SSL_CLIENT_VERIFY'] = 'SUCCESS';
  variables['SSL_CLIENT_S_DN'] = tls.subject;
}

/** The name by which the peer knows us, if it is one (RFC 3875 4.1.14). */
function serverName(host: string | null, local: Endpoint): string {
  const [, name] = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(host ?? '') ?? [];
  if (name !== undefined) return name;
  if (local.family === 'unix') return 'localhost';
  return formatEndpoint(local).replace(/:\d+$/, '');
}

/** As nginx says it for peers without an address. */
function addressOf(endpoint: Endpoint): string {
  return endpoint.family === 'unix' ? 'unix:' : endpoint.address;
}
