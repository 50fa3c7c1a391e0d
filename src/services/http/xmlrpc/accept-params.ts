import { faultCodes, XmlRpcFault, type RpcSignature, type RpcType, type RpcValue } from '../../../contract/rpc.ts';
import { parseDateTime } from '../../../wire/xmlrpc/date-time.ts';
import type { Method } from './method.ts';

/** How values came: JSON has neither dates nor bytes, so that text stands for them where a signature asks for one. */
export type Notation = 'xml' | 'json';

/** The parameters as the method takes them, or a fault that says what it expects. */
export function acceptParams(method: Method, params: readonly RpcValue[], notation: Notation): readonly RpcValue[] {
  const { name, signatures, call } = method;
  if (signatures.length === 0) {
    if (params.length >= call.length) return params;
    throw invalid(`${name}: expected ${call.length} parameters, got ${params.length}`);
  }
  for (const signature of signatures) {
    const accepted = acceptBy(signature, params, notation);
    if (accepted !== null) return accepted;
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
    if (value === undefined || !checks[type](value)) return null;
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

const isInt = (value: RpcValue): boolean => typeof value === 'number' && (value | 0) === value;
const checks: Readonly<Record<RpcType, (value: RpcValue) => boolean>> = {
  int: isInt,
  i4: isInt,
  i8: (value) => Number.isSafeInteger(value) || (typeof value === 'bigint' && value === BigInt.asIntN(64, value)),
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  // Whoever writes 2 for 2.0 means the same.
  double: (value) => typeof value === 'number',
  'dateTime.iso8601': (value) => value instanceof Date,
  base64: (value) => value instanceof Uint8Array,
  struct: (value) => typeOf(value) === 'struct',
  array: Array.isArray,
  nil: (value) => value === null,
  any: () => true,
};

function typeOf(value: RpcValue): RpcType {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return typeof value as 'string' | 'boolean';
    case 'bigint':
      return 'i8';
    case 'number':
      return isInt(value) ? 'int' : Number.isSafeInteger(value) ? 'i8' : 'double';
    default:
      if (value === null) return 'nil';
      if (value instanceof Date) return 'dateTime.iso8601';
      if (value instanceof Uint8Array) return 'base64';
      return Array.isArray(value) ? 'array' : 'struct';
  }
}

const maxMessageLength = 300;

function invalid(message: string): XmlRpcFault {
  return new XmlRpcFault(
    faultCodes.invalidParams,
    message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message,
  );
}
