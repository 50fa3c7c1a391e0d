import { show } from '../../../contract/option-text.ts';
import type { RpcFunction, RpcMethod, RpcSignature } from '../../../contract/rpc.ts';
import { rpcTypes } from '../../../contract/rpc.ts';

/** A method as it is called and told about. */
export interface Method {
  readonly name: string;
  /** Empty where none was given: then only too few parameters are refused. */
  readonly signatures: readonly RpcSignature[];
  readonly help: string;
  readonly call: RpcFunction;
}

export type Methods = ReadonlyMap<string, Method>;

const allowedName = /^[A-Za-z0-9_.:/]{1,255}$/;

/** Throws an Error that says what is wrong with what a module gave. */
export function createMethod(name: string, given: RpcFunction | RpcMethod): Method {
  if (!allowedName.test(name))
    throw new Error(`expected a name of letters, digits, "_", ".", ":" and "/", got "${name}"`);
  if (typeof given === 'function') return { name, signatures: [], help: '', call: given };
  const { signature = [], help = '', call } = given;
  if (typeof call !== 'function') throw new Error(`${name}: expected a function, or an object with a function "call"`);
  if (typeof help !== 'string') throw new Error(`${name}: expected text for "help"`);
  // Called on what it was defined in nothing would be known of the caller: `this` is the context.
  return { name, signatures: readSignatures(name, signature), help: help.trim(), call };
}

const knownTypes: ReadonlySet<unknown> = new Set(rpcTypes);

function readSignatures(name: string, given: unknown): readonly RpcSignature[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const signatures = list.length > 0 && !list.some(Array.isArray) ? [list] : list;
  for (const signature of signatures) {
    const types: readonly unknown[] = Array.isArray(signature) ? signature : [];
    const stranger = types.length > 0 ? types.find((type) => !knownTypes.has(type)) : signature;
    if (stranger !== undefined || types.length === 0) {
      throw new Error(`${name}: expected a signature of ${rpcTypes.join(', ')}, got ${show(stranger)}`);
    }
  }
  return signatures as readonly RpcSignature[];
}
