import { showAddresses } from './addresses.ts';
import type { Entity } from './entity.ts';
import { parseParameterized, type Parameterized } from './media-type.ts';
import { nstring } from './nstring.ts';

// What FETCH tells of a message without its text (RFC 9051 7.5.2). Characters are bytes (latin1).

/** ENVELOPE. */
export function showEnvelope(fields: ReadonlyMap<string, string>): string {
  const text = (name: string): string => nstring(fields.get(name) ?? null);
  const from = showAddresses(fields.get('from'));
  // RFC 9051 7.5.2: who is not named is the author.
  const orFrom = (name: string): string => {
    const shown = showAddresses(fields.get(name));
    return shown === 'NIL' ? from : shown;
  };
  const people = [
    orFrom('sender'),
    orFrom('reply-to'),
    ...['to', 'cc', 'bcc'].map((n) => showAddresses(fields.get(n))),
  ];
  return `(${[text('date'), text('subject'), from, ...people, text('in-reply-to'), text('message-id')].join(' ')})`;
}

/** BODYSTRUCTURE, or BODY, which has less. */
export function showStructure(entity: Entity, isExtended: boolean): string {
  const { facts, children } = entity;
  if (facts.type === 'multipart' && facts.boundary !== null) {
    const parts = children.map((child) => showStructure(child, isExtended)).join('');
    const shown = `${parts === '' ? emptyPart : parts} ${nstring(facts.subtype)}`;
    return isExtended ? `(${shown} ${showParameters(facts.parameters)} ${showExtension(facts.fields)})` : `(${shown})`;
  }
  const body = showBody(entity, isExtended);
  return isExtended
    ? `(${body} ${nstring(facts.fields.get('content-md5') ?? null)} ${showExtension(facts.fields)})`
    : `(${body})`;
}

// A multipart has one part at least.
const emptyPart = '("text" "plain" NIL NIL NIL "7bit" 0 0)';

function showBody({ facts, bodyFrom, bodyTo, lines, message }: Entity, isExtended: boolean): string {
  const { fields } = facts;
  // What has no parts that could be found, and no message in it, is not said to be one.
  const isUnknown = facts.type === 'multipart' || (facts.type === 'message' && message === null);
  const [type, subtype] = isUnknown ? ['application', 'octet-stream'] : [facts.type, facts.subtype];
  const [encoding = ''] = /^[\w.+-]+/.exec(fields.get('content-transfer-encoding') ?? '') ?? [];
  const basic = [
    nstring(type),
    nstring(subtype),
    showParameters(facts.parameters),
    nstring(fields.get('content-id') ?? null),
    nstring(fields.get('content-description') ?? null),
    nstring(encoding === '' ? '7bit' : encoding.toLowerCase()),
    String(bodyTo - bodyFrom),
  ].join(' ');
  if (type === 'text') return `${basic} ${lines}`;
  if (message === null) return basic;
  return `${basic} ${showEnvelope(message.facts.fields)} ${showStructure(message, isExtended)} ${lines}`;
}

function showParameters(parameters: Parameterized['parameters']): string {
  if (parameters.length === 0) return 'NIL';
  return `(${parameters.flatMap((pair) => pair.map(nstring)).join(' ')})`;
}

/** Disposition, languages, location. */
function showExtension(fields: ReadonlyMap<string, string>): string {
  const disposition = parseParameterized(fields.get('content-disposition') ?? '');
  const languages = (fields.get('content-language') ?? '').split(',').map((tag) => tag.trim());
  const tags = languages.filter((tag) => /^[\w-]{1,64}$/.test(tag)).slice(0, 20);
  return [
    disposition.value === '' ? 'NIL' : `(${nstring(disposition.value)} ${showParameters(disposition.parameters)})`,
    tags.length === 0 ? 'NIL' : tags.length === 1 ? nstring(tags[0] ?? '') : `(${tags.map(nstring).join(' ')})`,
    nstring(fields.get('content-location') ?? null),
  ].join(' ');
}
