import type { RpcType, RpcValue } from '../../../contract/rpc.ts';
import { RpcDouble } from '../../../wire/xmlrpc/rpc-double.ts';
import type { Notation } from './accept-params.ts';
import { isOfType, typeOf } from './value-types.ts';

/**
 * A result as the signature promises it: who reads a `double` into a variable of that type wants no `int` because the number is a
 * whole one. Throws a RangeError for a result of another type.
 */
export function promisedResult(type: RpcType, given: unknown, notation: Notation): unknown {
  // What it cannot be sent as, the writer says better.
  const value = (given ?? null) as RpcValue;
  if (typeof value === 'function' || typeof value === 'symbol') return value;
  switch (type) {
    case 'any':
      return given;
    case 'int':
    case 'i4':
      return checked(type, typeof value === 'bigint' && value === BigInt.asIntN(32, value) ? Number(value) : value);
    case 'i8':
      // The writer takes a small number for an int.
      return Number.isSafeInteger(checked(type, value)) ? BigInt(value as number) : value;
    case 'double':
      checked(type, value);
      // JSON has one kind of number.
      return notation === 'xml' ? new RpcDouble(value as number) : value;
    default:
      return checked(type, value);
  }
}

function checked(type: RpcType, value: RpcValue): RpcValue {
  if (isOfType(type, value)) return value;
  throw new RangeError(`the signature promises ${type}, and it gave ${shown(value)}`);
}

function shown(value: RpcValue): string {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return isNumber ? `${typeOf(value)} ${value}` : typeOf(value);
}
