import type { Account } from './account.ts';
import type { Endpoint } from './endpoint.ts';
import type { Logger } from './logger.ts';

/**
 * What XML-RPC can carry. Integers come as numbers where those are exact, else as bigint; structs have no prototype.
 * Sent, an integer number is an `int`, or an `i8` past 32 bits, and a bigint always an `i8`; a result is of the type that the
 * method's signature promises.
 */
export type RpcValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly RpcValue[]
  | { readonly [name: string]: RpcValue };

/** The types of XML-RPC by their names, and `any` where a parameter may be of each. */
export const rpcTypes = [
  'int',
  'i4',
  'i8',
  'boolean',
  'string',
  'double',
  'dateTime.iso8601',
  'base64',
  'struct',
  'array',
  'nil',
  'any',
] as const;
export type RpcType = (typeof rpcTypes)[number];

/** Result first, then the parameters. A result of another type is a fault, and an error in the log. */
export type RpcSignature = readonly [RpcType, ...RpcType[]];

/** `this` of a method that is called from outside. */
export interface RpcContext {
  /** The name it was called by. */
  readonly method: string;
  /** The session's id, as in the log. */
  readonly session: string;
  readonly peer: Endpoint;
  /** Who has logged in; null where the route asks for nobody. */
  readonly account: Account | null;
  /** Aborted when the peer has left or the session is ended. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Takes and gives RpcValues, positional, awaited. */
// oxlint-disable-next-line typescript/no-explicit-any -- each method has parameters of its own
export type RpcFunction = (this: RpcContext, ...params: any[]) => unknown;

/** A method with what is told about it, and what its parameters have to be. */
export interface RpcMethod {
  /** One, or a list of those it can be called by. */
  readonly signature?: RpcSignature | readonly RpcSignature[];
  readonly help?: string;
  readonly call: RpcFunction;
}

/** An answer that is a fault. Thrown by a method, its code and message are for the peer; thrown by a client, they came from the peer. */
export class XmlRpcFault extends Error {
  override readonly name = 'XmlRpcFault';
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The interoperability codes (Specification for Fault Code Interoperability, version 20010516). */
export const faultCodes = {
  notWellFormed: -32700,
  unsupportedEncoding: -32701,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  application: -32500,
} as const;
