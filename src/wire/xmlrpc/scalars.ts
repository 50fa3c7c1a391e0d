import type { RpcValue } from '../../contract/rpc.ts';
import { parseDateTime } from './date-time.ts';
import { trimXml } from './text.ts';

/**
 * Text of an element to its value, or undefined where it is none of that type. Texts are the peer's and may be as long as
 * the whole body: nothing here may take more than linear time.
 */
export const scalarTypes: ReadonlyMap<string, (text: string) => RpcValue | undefined> = new Map(
  Object.entries({
    int: integer(32),
    i4: integer(32),
    i8: integer(64),
    boolean: parseBoolean,
    string: (text: string) => text,
    double: parseDouble,
    'dateTime.iso8601': parseTime,
    base64: parseBase64,
    nil: parseNil,
    // Of Apache's extensions, those that have a value here.
    'ex:nil': parseNil,
    'ex:i1': integer(8),
    'ex:i2': integer(16),
    'ex:i8': integer(64),
    'ex:float': parseDouble,
    'ex:dateTime': parseTime,
    'ex:biginteger': parseBigInteger,
    // The same without a namespace, as Python's library knows them.
    i1: integer(8),
    i2: integer(16),
    float: parseDouble,
    biginteger: parseBigInteger,
  }),
);

const maxIntegerDigits = 64;
// The smallest doubles have more than a thousand digits when they are written out.
const maxDoubleDigits = 2_000;

function integer(bits: number): (text: string) => number | bigint | undefined {
  const limit = 2n ** BigInt(bits - 1);
  const isSmall = bits <= 32;
  const largest = Number(limit);
  return (text) => {
    const digits = trimXml(text);
    if (digits.length > maxIntegerDigits || !/^[+-]?\d+$/.test(digits)) return undefined;
    const number = Number(digits);
    if (isSmall) return number >= -largest && number < largest ? number + 0 : undefined;
    if (Number.isSafeInteger(number)) return number + 0;
    const exact = toBigInt(digits);
    return exact >= -limit && exact < limit ? exact : undefined;
  };
}

function parseBigInteger(text: string): number | bigint | undefined {
  const digits = trimXml(text);
  if (digits.length > maxIntegerDigits || !/^[+-]?\d+$/.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number + 0 : toBigInt(digits);
}

function toBigInt(digits: string): bigint {
  return BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
}

function parseBoolean(text: string): boolean | undefined {
  const digit = trimXml(text);
  return digit === '1' ? true : digit === '0' ? false : undefined;
}

/** The specification allows no exponent, but many senders write one. */
function parseDouble(text: string): number | undefined {
  const digits = trimXml(text);
  if (digits.length > maxDoubleDigits || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits))
    return undefined;
  const number = Number(digits);
  return Number.isFinite(number) ? number : undefined;
}

function parseTime(text: string): Date | undefined {
  return parseDateTime(trimXml(text)) ?? undefined;
}

/** Strict: the alphabet, the padding, zero bits at the end; white space may stand anywhere (RFC 2045 6.8). */
function parseBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
  } catch {
    return undefined;
  }
}

function parseNil(text: string): null | undefined {
  return trimXml(text) === '' ? null : undefined;
}
