import { defaultRpcLimits } from '../xmlrpc/limits.ts';
import { maxWrittenLength } from '../xmlrpc/write.ts';

/**
 * A value as JSON: dates in ISO 8601, bytes in Base64, bigint with all its digits. Throws a RangeError for what XML-RPC could
 * not carry either.
 */
export function writeJson(value: unknown): string {
  return write(value, 1);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`JSON cannot carry ${value}`);
      return String(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : writeObject(value, depth);
    default:
      throw new RangeError(`JSON cannot carry a ${typeof value}`);
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > defaultRpcLimits.depth) {
    throw new RangeError(`values stand more than ${defaultRpcLimits.depth} deep in each other, or in a circle`);
  }
  if (Array.isArray(value)) return writeArray(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writeMembers(value, depth);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `"${value.toISOString()}"`;
  if (value instanceof Uint8Array) return `"${value.toBase64()}"`;
  throw new RangeError('JSON cannot carry an object that is neither plain nor a date nor bytes');
}

function writeArray(value: readonly unknown[], depth: number): string {
  let text = '[';
  for (const item of value) text = bounded(`${text}${text === '[' ? '' : ','}${write(item, depth + 1)}`);
  return `${text}]`;
}

function writeMembers(value: object, depth: number): string {
  let text = '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    text = bounded(`${text}${text === '{' ? '' : ','}${JSON.stringify(name)}:${write(member, depth + 1)}`);
  }
  return `${text}}`;
}

function bounded(text: string): string {
  if (text.length > maxWrittenLength) throw new RangeError(`more than ${maxWrittenLength} characters`);
  return text;
}
