import type { Socket } from 'node:net';

import { reasonOf } from '../../../contract/errors.ts';
import { feed, type Feed } from '../gateway/feed.ts';
import { metaVariables, type ScriptPlace, type Variables } from '../gateway/meta-variables.ts';
import { relayOutput, type Relayed } from '../gateway/relay-output.ts';
import { takeBody, type RequestBody } from '../gateway/request-body.ts';
import { watchSilence } from '../gateway/silence.ts';
import { createSlots } from '../gateway/slots.ts';
import { HttpError, type Exchange, type Route, type RouteHost } from '../route.ts';
import type { Call } from './call.ts';
import type { Connections } from './connections.ts';
import type { FastCgiRouteOptions } from './options.ts';

/** A request that a backend is to answer. */
export interface BackendRequest {
  readonly exchange: Exchange;
  readonly variables: Variables;
  readonly length: number;
}

export interface Backend {
  /** Where it listens, as configured. */
  readonly address: string;
  place(exchange: Exchange): ScriptPlace;
  readonly connections: Connections;
  call(socket: Socket, request: BackendRequest): Call;
}

type CommonOptions = Pick<
  FastCgiRouteOptions,
  'env' | 'timeout' | 'connections' | 'queue' | 'max_body' | 'pass_authorization'
>;

/** Requests go on to a program that runs by itself and speaks as CGI programs do, over a socket. */
export function createBackendRoute(options: CommonOptions, backend: Backend, { redispatch }: RouteHost): Route {
  const slots = createSlots({ count: options.connections, queue: options.queue, patienceMs: options.timeout });

  async function ask(exchange: Exchange): Promise<Relayed> {
    const place = backend.place(exchange);
    const body = await takeBody(exchange, options.max_body);
    let giveBack = (): void => {};
    try {
      const meta = metaVariables({
        exchange,
        place,
        length: body.length,
        passAuthorization: options.pass_authorization,
      });
      giveBack = await slots.take(exchange);
      const length = body.length ?? 0;
      const variables = { ...meta, CONTENT_LENGTH: String(length), ...options.env };
      const request = { exchange, variables, length };
      const { method } = exchange.request;
      const { socket, isOld } = backend.connections.take();
      // RFC 9110 9.2.2: what may have been done already is asked for again only where that makes no difference.
      const mayAgain = isOld && body.length === null && (method === 'GET' || method === 'HEAD');
      const before = socket.bytesRead;
      try {
        return await tryOn(socket, request, body);
      } catch (error) {
        // The backend had closed it while it waited for the next request.
        if (!mayAgain || socket.bytesRead > before || !(error instanceof HttpError) || error.status !== 502)
          throw error;
        return await tryOn(backend.connections.open(), request, body);
      }
    } finally {
      giveBack();
      body.close();
    }
  }

  async function tryOn(socket: Socket, request: BackendRequest, body: RequestBody): Promise<Relayed> {
    const { exchange } = request;
    await connected({ socket, exchange, address: backend.address, timeoutMs: options.timeout });
    return converse({ exchange, body, call: backend.call(socket, request) });
  }

  async function converse({ exchange, body, call }: Conversation): Promise<Relayed> {
    const { input, output } = call;
    const touch = (): void => silence.touch();
    const relay = relayOutput({ exchange, output, source: `the backend ${backend.address}`, touch });
    let fed: Feed | null = null;
    const silence = watchSilence({
      timeoutMs: options.timeout,
      stream: exchange.session.stream,
      isPeersTurn: () => relay.isBlocked || fed?.isWaitingForSource === true,
      fallen() {
        const reason = `the backend ${backend.address} was silent for ${options.timeout / 1000} s`;
        relay.fail(new HttpError(504, 'The program took too long.', {}, reason));
      },
      left: () => leave(),
    });
    const leave = (): void => relay.fail(new HttpError(503, 'The request was ended.'));
    const { signal } = exchange;
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    const source = body.stream ?? body.file?.createReadStream({ start: 0, autoClose: false }) ?? null;
    if (source === null) input.end();
    else fed = feed(source, input, touch);
    try {
      return await relay.done;
    } finally {
      signal.removeEventListener('abort', leave);
      silence.end();
      fed?.stop();
      output.destroy();
    }
  }

  return {
    async handle(exchange) {
      const { target } = await ask(exchange);
      if (target !== null) await redispatch(exchange, target);
    },
    stop: () => backend.connections.close(),
  };
}

interface Conversation {
  readonly exchange: Exchange;
  readonly body: RequestBody;
  readonly call: Call;
}

interface Connecting {
  readonly socket: Socket;
  readonly exchange: Exchange;
  readonly address: string;
  readonly timeoutMs: number;
}

/** Throws an HttpError where nobody takes the connection: 502, or 504 where nobody says anything. */
function connected({ socket, exchange, address, timeoutMs }: Connecting): Socket | Promise<Socket> {
  if (!socket.connecting) return socket;
  const { signal } = exchange;
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('connect', succeed).off('error', fail);
      signal.removeEventListener('abort', leave);
    };
    const succeed = (): void => {
      settle();
      resolve(socket);
    };
    const giveUp = (status: number, message: string, reason: string | null): void => {
      settle();
      socket.destroy();
      reject(new HttpError(status, message, {}, reason === null ? null : `the backend ${address}: ${reason}`));
    };
    const fail = (error: Error): void => giveUp(502, 'The backend cannot be reached.', reasonOf(error));
    const leave = (): void => giveUp(503, 'The request was ended.', null);
    const timer = setTimeout(() => giveUp(504, 'The backend took too long.', 'no connection in time'), timeoutMs);
    socket.on('connect', succeed).on('error', fail);
    signal.addEventListener('abort', leave);
  });
}
