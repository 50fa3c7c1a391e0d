import { faultCodes, XmlRpcFault, type RpcSignature, type RpcType, type RpcValue } from '../../../contract/rpc.ts';
import { parseDateTime } from '../../../wire/xmlrpc/date-time.ts';
import type { Method } from './method.ts';
import { isOfType, typeOf } from './value-types.ts';

/** How values came: JSON has neither dates nor bytes, so that text stands for them where a signature asks for one. */
export type Notation = 'xml' | 'json';

/** Parameters as a method takes them, and what it promises for those. */
export interface Accepted {
  readonly params: readonly RpcValue[];
  /** The first of the signature that they fit; `any` where there is none. */
  readonly result: RpcType;
}

/** The parameters as the method takes them, or a fault that says what it expects. */
export function acceptParams(method: Method, params: readonly RpcValue[], notation: Notation): Accepted {
  const { name, signatures, call } = method;
  if (signatures.length === 0) {
    if (params.length >= call.length) return { params, result: 'any' };
    throw invalid(`${name}: expected ${call.length} parameters, got ${params.length}`);
  }
  for (const signature of signatures) {
    const accepted = acceptBy(signature, params, notation);
    if (accepted !== null) return { params: accepted, result: signature[0] };
  }
  const expected = signatures.map(([, ...types]) => `(${types.join(', ')})`).join(' or ');
  throw invalid(`${name}: expected ${expected}, got (${params.map(typeOf).join(', ')})`);
}

function acceptBy(
  signature: RpcSignature,
  params: readonly RpcValue[],
  notation: Notation,
): readonly RpcValue[] | null {
  if (signature.length !== params.length + 1) return null;
  const accepted: RpcValue[] = [];
  for (let index = 0; index < params.length; index += 1) {
    // The first is the result's.
    const type = signature[index + 1] as RpcType;
    const given = params[index] as RpcValue;
    const value = notation === 'json' && typeof given === 'string' ? fromText(type, given) : given;
    if (value === undefined || !isOfType(type, value)) return null;
    accepted.push(value);
  }
  return accepted;
}

function fromText(type: RpcType, text: string): RpcValue | undefined {
  if (type === 'dateTime.iso8601') return parseDateTime(text) ?? undefined;
  if (type !== 'base64') return text;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
  } catch {
    return undefined;
  }
}

const maxMessageLength = 300;

function invalid(message: string): XmlRpcFault {
  return new XmlRpcFault(
    faultCodes.invalidParams,
    message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message,
  );
}
