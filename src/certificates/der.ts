import asn1, { type Asn1 } from 'node-forge/lib/asn1.js';

// The ASN.1 values that certificates are made of, as nodes of node-forge, which writes them as DER (X.690). It is never
// given anything to read: its parsers have had holes.

export type DerNode = Asn1;

export function encode(node: DerNode): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

/** What is DER already, such as a key that Node exported. Lengths of up to 4 bytes. */
export function encoded(der: Buffer): DerNode {
  const long = (der[1] ?? 0) > 0x80 ? (der[1] ?? 0) & 0x7f : 0;
  // The tag with its class and form; node-forge puts the same length before the content again.
  return asn1.create(asn1.Class.UNIVERSAL, der[0] ?? 0, false, toBytes(der.subarray(2 + long)));
}

export function sequence(...nodes: readonly DerNode[]): DerNode {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, nodes);
}

/** X.690 11.6: the members of a SET OF are in the order of their bytes. */
export function set(...nodes: readonly DerNode[]): DerNode {
  const sorted = nodes.toSorted((one, other) => Buffer.compare(encode(one), encode(other)));
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, sorted);
}

/** A number, or the big-endian bytes of a positive one without a leading zero. */
export function integer(value: number | Buffer): DerNode {
  const bytes = typeof value === 'number' ? asn1.integerToDer(value).getBytes() : toBytes(value);
  const isNegative = typeof value !== 'number' && ((value[0] ?? 0) & 0x80) !== 0;
  return universal(asn1.Type.INTEGER, isNegative ? `\0${bytes}` : bytes);
}

export function objectId(dotted: string): DerNode {
  return universal(asn1.Type.OID, asn1.oidToDer(dotted).getBytes());
}

export function octets(content: Buffer): DerNode {
  return universal(asn1.Type.OCTETSTRING, toBytes(content));
}

export function bits(content: Buffer, unusedBits = 0): DerNode {
  return universal(asn1.Type.BITSTRING, String.fromCharCode(unusedBits) + toBytes(content));
}

export function utf8Text(text: string): DerNode {
  return universal(asn1.Type.UTF8, toBytes(Buffer.from(text)));
}

/** UTF-16, as PKCS#12 has it. */
export function bmpText(text: string): DerNode {
  return universal(asn1.Type.BMPSTRING, text);
}

export function truth(value: boolean): DerNode {
  return universal(asn1.Type.BOOLEAN, value ? '\xff' : '\0');
}

export function nothing(): DerNode {
  return universal(asn1.Type.NULL, '');
}

/** RFC 5280 4.1.2.5: two digits of the year through 2049, four from then on; whole seconds. */
export function time(ms: number): DerNode {
  const date = new Date(ms);
  const isShort = date.getUTCFullYear() < 2050;
  return isShort
    ? universal(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

/** `[tag] EXPLICIT`, and the implicit form of what holds other nodes. */
export function tagged(tag: number, ...nodes: readonly DerNode[]): DerNode {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, nodes);
}

/** `[tag] IMPLICIT` of a string. */
export function taggedBytes(tag: number, content: Buffer): DerNode {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, toBytes(content));
}

function universal(type: number, content: string): DerNode {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, content);
}

/** node-forge keeps bytes in strings, one a character. */
function toBytes(buffer: Buffer): string {
  return buffer.toString('latin1');
}
