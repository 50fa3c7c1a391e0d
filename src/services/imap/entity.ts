import { pickFields } from './header.ts';
import { parameterOf, parseParameterized, type Parameterized } from './media-type.ts';

/** A message or a part of one (RFC 2045 2.4), by where it stands in the message. */
export interface Entity {
  readonly headerFrom: number;
  /** The header's end, and its empty line's. */
  bodyFrom: number;
  bodyTo: number;
  /** Line endings in the body. */
  lines: number;
  facts: EntityFacts;
  /** Of a multipart. */
  readonly children: Entity[];
  /** Of a message/rfc822: the message in its body. */
  message: Entity | null;
}

export interface EntityFacts {
  /** In lower case, both. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: Parameterized['parameters'];
  /** What separates the parts; null: there are none. */
  readonly boundary: string | null;
  /** Its fields, by name; only those that somebody asks for. */
  readonly fields: ReadonlyMap<string, string>;
}

export const envelopeFields: readonly string[] =
  'date subject from sender reply-to to cc bcc in-reply-to message-id'.split(' ');

const keptFields: ReadonlySet<string> = new Set([
  ...envelopeFields,
  ...['type', 'transfer-encoding', 'id', 'description', 'disposition', 'language', 'location', 'md5'].map(
    (name) => `content-${name}`,
  ),
]);

/** `isDigest`: it is a part of a multipart/digest, whose parts are messages (RFC 2046 5.1.5). */
export function readEntityFacts(header: string, isDigest: boolean): EntityFacts {
  const fields = pickFields(header, keptFields);
  const given = parseParameterized(fields.get('content-type') ?? '');
  const [, type = '', subtype = ''] = /^([\w.+!#$&^-]{1,127})\s*\/\s*([\w.+!#$&^-]{1,127})$/.exec(given.value) ?? [];
  // RFC 2045 5.2: so is what says nothing, and what nobody understands.
  if (type === '') {
    const plain = { type: 'text', subtype: 'plain', parameters: [['charset', 'us-ascii']] as const };
    const message = { type: 'message', subtype: 'rfc822', parameters: [] };
    return { ...(isDigest ? message : plain), boundary: null, fields };
  }
  const lower = { type: type.toLowerCase(), subtype: subtype.toLowerCase() };
  const boundary = lower.type === 'multipart' ? parameterOf(given, 'boundary')?.trimEnd() : undefined;
  return { ...lower, parameters: given.parameters, boundary: boundary === '' ? null : (boundary ?? null), fields };
}

export function isMessage({ type, subtype }: EntityFacts): boolean {
  return type === 'message' && (subtype === 'rfc822' || subtype === 'global');
}
