import type { RpcType, RpcValue } from '../../../contract/rpc.ts';

/** Whether a value can stand where a signature names this type. */
export function isOfType(type: RpcType, value: RpcValue): boolean {
  return checks[type](value);
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

/** What a value is sent as where nothing else is said. */
export function typeOf(value: RpcValue): RpcType {
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
