import type { Item } from '../../../contract/item.ts';

/** What is told of a thing in JSON. */
export function factsOf(item: Item, delivery: string): Readonly<Record<string, unknown>> {
  const { id, service, session, account, name, mediaType, size, sha256, received, mail } = item;
  return {
    id,
    delivery,
    service,
    session,
    account,
    name,
    type: mediaType,
    size,
    sha256,
    received: new Date(received).toISOString(),
    mail: mail === null ? null : { from: mail.from, to: mail.to, subject: mail.subject },
  };
}

// Of a header; a server takes some 8 to 16 KB for all of them.
const maxValueLength = 1_024;

/**
 * The same in headers, but for what can be long. Values of which not all is printable ASCII, and "%", are percent-encoded
 * (RFC 3986 2.1) as UTF-8: no byte of a peer ends a header.
 */
export function factHeaders(item: Item, delivery: string): Readonly<Record<string, string>> {
  const { id, service, session, account, name, sha256, received, mail } = item;
  const facts: Record<string, string | null> = {
    'X-Portico-Id': id,
    'X-Portico-Delivery': delivery,
    'X-Portico-Service': service,
    'X-Portico-Session': session,
    'X-Portico-Account': account,
    'X-Portico-Name': name,
    'X-Portico-Sha256': sha256,
    'X-Portico-Received': new Date(received).toISOString(),
    'X-Portico-From': mail?.from ?? null,
    'X-Portico-To': mail?.to.length === 1 ? (mail.to[0] ?? null) : null,
    'X-Portico-Subject': mail?.subject ?? null,
  };
  const known = Object.entries(facts).flatMap(([key, value]): [string, string][] => {
    const encoded = value === null ? null : percentEncoded(value);
    return encoded === null || encoded.length > maxValueLength ? [] : [[key, encoded]];
  });
  return Object.fromEntries(known);
}

function percentEncoded(value: string): string {
  return value.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x7e]|^ | $/gu, (character) => encodeURIComponent(character));
}

/** A type that a peer named, if it may stand in a header. */
export function contentTypeOf({ mediaType }: Pick<Item, 'mediaType'>): string {
  const isType = mediaType !== null && /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/.test(mediaType);
  return isType ? mediaType : 'application/octet-stream';
}

/** RFC 6266 4, RFC 8187 3.2. */
export function dispositionOf(kind: 'attachment' | 'form-data', name: string, parameters = ''): string {
  const plain = name.toWellFormed().replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}${parameters}; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded}`}`;
}
