import type { X509Certificate } from 'node:crypto';

import type { Issuer } from './x509.ts';

// What Node does not tell of a certificate: its bytes are walked through. OpenSSL has read it before, and so a step that
// leads out of it is a fault of ours; it throws all the same.

/** What those that a certificate issues have to say of it. */
export function issuerOf(certificate: X509Certificate): Issuer {
  const fields = membersOf(bodyOf(certificate.raw));
  // RFC 5280 4.1: version [0], serial number, algorithm, issuer, validity, subject, key, …, extensions [3]. A
  // certificate without a version has none of the latter.
  const isVersioned = fields[0]?.tag === tags.version;
  const subject = fields[isVersioned ? 5 : 4];
  const extensions = fields.find(({ tag }) => tag === tags.extensions);
  if (subject === undefined) throw new RangeError('a certificate without a subject');
  return { name: subject.bytes, keyId: extensions === undefined ? null : subjectKeyIdIn(extensions) };
}

interface Element {
  readonly tag: number;
  /** With tag and length. */
  readonly bytes: Buffer;
  readonly content: Buffer;
}

const tags = { octets: 0x04, version: 0xa0, extensions: 0xa3 };

function bodyOf(der: Buffer): Element {
  return firstIn(firstIn({ tag: 0, bytes: der, content: der }));
}

function subjectKeyIdIn(extensions: Element): Buffer | null {
  for (const extension of membersOf(firstIn(extensions))) {
    const [id, ...rest] = membersOf(extension);
    // 2.5.29.14, whose value is an octet string in the octet string of every extension.
    if (id?.content.toString('hex') !== '551d0e') continue;
    const value = rest.find(({ tag }) => tag === tags.octets);
    return value === undefined ? null : firstIn(value).content;
  }
  return null;
}

function firstIn(parent: Element): Element {
  return elementAt(parent.content, 0);
}

function membersOf(parent: Element): readonly Element[] {
  const members: Element[] = [];
  for (let at = 0; at < parent.content.length;) {
    const member = elementAt(parent.content, at);
    members.push(member);
    at += member.bytes.length;
  }
  return members;
}

/** X.690 8.1: one byte of tag; the length in one byte, or the number of its bytes and then those. */
function elementAt(bytes: Buffer, at: number): Element {
  const tag = bytes.readUInt8(at);
  const short = bytes.readUInt8(at + 1);
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  if (short === 0x80 || lengthBytes > 4) throw new RangeError('a length that DER does not have');
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length) throw new RangeError('a value that is longer than what holds it');
  return { tag, bytes: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}
