import type { Account } from '../../../contract/account.ts';
import type { Endpoint } from '../../../contract/endpoint.ts';
import { reasonOf } from '../../../contract/errors.ts';
import type { Logger } from '../../../contract/logger.ts';
import { faultCodes, XmlRpcFault, type RpcContext, type RpcValue } from '../../../contract/rpc.ts';
import { maxWrittenLength } from '../../../wire/xmlrpc/write.ts';
import type { Exchange } from '../route.ts';
import { acceptParams, type Notation } from './accept-params.ts';
import type { Methods } from './method.ts';
import { promisedResult } from './promised-result.ts';

export interface Invocation {
  readonly method: string;
  readonly params: readonly RpcValue[];
}

export interface InvokeOptions {
  readonly methods: Methods;
  readonly exchange: Exchange;
  readonly notation: Notation;
  /** Throws a RangeError for what cannot be sent. */
  readonly write: (value: unknown) => string;
}

/** What the server's own methods have as `this`. */
export interface InnerContext extends RpcContext {
  /** Calls another method for the same peer. What it gives can be sent; a RangeError: what all of them gave cannot. */
  invoke(invocation: Invocation): Promise<unknown>;
}

/** Calls a method and writes its result. What is thrown is an XmlRpcFault that the peer may see. */
export async function invoke(options: InvokeOptions, invocation: Invocation): Promise<string> {
  return written(options, invocation.method, await resultOf(options, invocation));
}

async function resultOf(options: InvokeOptions, { method: name, params }: Invocation): Promise<unknown> {
  const { methods, notation } = options;
  const method = methods.get(name);
  if (method === undefined) throw new XmlRpcFault(faultCodes.unknownMethod, `no method "${shown(name)}"`);
  const accepted = acceptParams(method, params, notation);
  try {
    const result: unknown = await method.call.apply(new CallContext(options, name), accepted.params as RpcValue[]);
    return promisedResult(accepted.result, result, notation);
  } catch (error) {
    throw faultOf(error) ?? failed(options, name, error);
  }
}

function written(options: InvokeOptions, method: string, result: unknown): string {
  try {
    return options.write(result);
  } catch (error) {
    throw failed(options, method, error);
  }
}

/** What a method throws may tell anything: the peer learns where to look for it. */
function failed({ exchange: { session } }: InvokeOptions, method: string, error: unknown): XmlRpcFault {
  session.log.err(`method ${method} failed: ${reasonOf(error)}`, {
    event: 'service.error',
    method,
    stack: error instanceof Error ? error.stack : undefined,
  });
  return new XmlRpcFault(faultCodes.application, `method failed (session ${session.id})`, { cause: error });
}

/** A class: with a getter on each object, a million calls would be a million shapes for the collector to look after. */
class CallContext implements InnerContext {
  readonly method: string;
  readonly #options: InvokeOptions;
  /** Characters that what other methods gave has as text. */
  #written = 0;

  constructor(options: InvokeOptions, method: string) {
    this.method = method;
    this.#options = options;
  }
  get session(): string {
    return this.#options.exchange.session.id;
  }
  get peer(): Endpoint {
    return this.#options.exchange.session.peer;
  }
  get account(): Account | null {
    return this.#options.exchange.account;
  }
  get signal(): AbortSignal {
    return this.#options.exchange.signal;
  }
  get log(): Logger {
    return this.#options.exchange.session.log;
  }
  async invoke(invocation: Invocation): Promise<unknown> {
    const result = await resultOf(this.#options, invocation);
    this.#written += written(this.#options, invocation.method, result).length;
    if (this.#written > maxWrittenLength) throw new RangeError(`more than ${maxWrittenLength} characters`);
    return result;
  }
}

/** Known by its name: a module may have another copy of the class, from an installation of its own. */
function faultOf(error: unknown): XmlRpcFault | null {
  if (!(error instanceof Error) || error.name !== 'XmlRpcFault') return null;
  const { code, message } = error as XmlRpcFault;
  if ((code | 0) !== code) return null;
  return error instanceof XmlRpcFault ? error : new XmlRpcFault(code, message, { cause: error });
}

const maxShown = 80;

function shown(name: string): string {
  return name.length > maxShown ? `${name.slice(0, maxShown).toWellFormed()}…` : name;
}
