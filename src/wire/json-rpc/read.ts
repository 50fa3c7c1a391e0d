import type { RpcValue } from '../../contract/rpc.ts';
import { defaultRpcLimits, type RpcLimits } from '../xmlrpc/limits.ts';

/**
 * JSON of a peer to values: objects without a prototype, integers past 2^53 as bigint. Throws a SyntaxError for what is no
 * JSON, a RangeError for what is past the limits.
 */
export function readJson(text: string, limits: RpcLimits = defaultRpcLimits): RpcValue {
  const parsed: unknown = /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  return createTake(limits)(parsed, 1);
}

const maxIntegerDigits = 64;

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  return source.length > maxIntegerDigits ? Infinity : BigInt(source);
}

function createTake(limits: RpcLimits): (value: unknown, depth: number) => RpcValue {
  let count = 0;
  return function take(value: unknown, depth: number): RpcValue {
    count += 1;
    if (count > limits.values) throw new RangeError(`there are more than ${limits.values} values`);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('a number is too large');
    if (typeof value !== 'object' || value === null) return value as RpcValue;
    if (depth > limits.depth) throw new RangeError(`values stand more than ${limits.depth} deep in each other`);
    if (Array.isArray(value)) return value.map((item: unknown): RpcValue => take(item, depth + 1));
    const members = Object.create(null) as Record<string, RpcValue>;
    for (const [name, member] of Object.entries(value)) members[name] = take(member, depth + 1);
    return members;
  };
}
