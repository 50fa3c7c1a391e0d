import { Document, isCollection, isMap, isPair, isScalar, visit, type YAMLMap } from 'yaml';

import { isDraft, type AccessDraft, type Draft, type Imported, type ListenDraft, type Unconverted } from './draft.ts';
import { renderRemark } from './remarks.ts';

export interface OutputRequest extends Imported {
  /** Sentences at the head. */
  readonly notes: readonly string[];
}

/** The configuration as text: what was not converted, and where each service came from, stands in comments. */
export function renderConfiguration({ entries, remarks, sections = {}, notes }: OutputRequest): string {
  const services = entries.filter(isDraft);
  const document = new Document({ ...sections, services: {} }, { version: '1.2' });
  const map = document.get('services') as YAMLMap;
  let pending: string[] = [];
  for (const entry of entries) {
    if (!isDraft(entry)) {
      pending.push(...commentOf(entry), '');
      continue;
    }
    const pair = document.createPair(entry.name, membersOf(entry));
    if (isScalar(pair.key)) {
      pair.key.commentBefore = comment([...pending, ...commentOf(entry)]);
      pair.key.spaceBefore = map.items.length > 0;
    }
    map.add(pair);
    pending = [];
  }
  styleCollections(document);
  map.flow = services.length === 0;
  document.commentBefore = comment([...notes, ...remarks.map(renderRemark)]);
  if (pending.length > 0) document.comment = comment(pending.slice(0, -1));
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function commentOf(entry: Draft | Unconverted): string[] {
  const { file, line, text } = entry.source;
  const came = `${file}:${line}: ${text}`;
  return isDraft(entry)
    ? [came, ...entry.remarks.map((remark) => `! ${remark}`)]
    : [came, `! not converted: ${entry.reason}`];
}

/** What comes from a foreign file must not end the comment it stands in. */
function comment(lines: readonly string[]): string {
  return lines
    .map((line) => (line === '' ? '' : ` ${line.replaceAll(/[\p{Cc}\u2028\u2029\ufeff]/gu, '?')}`))
    .join('\n');
}

function membersOf(draft: Draft): Record<string, unknown> {
  const { type, name, isEnabled, listen, user, group, hasMainGroupOnly, access, limits, options } = draft;
  return escape({
    ...(type === name ? {} : { type }),
    ...(isEnabled ? {} : { enabled: false }),
    ...(listen.length === 0 ? {} : { listen: listen.length === 1 ? listenOf(listen[0]!) : listen.map(listenOf) }),
    ...(user === null ? {} : { user }),
    ...(group === null ? {} : { group }),
    // Ours takes groups only beside a user.
    ...(user !== null && hasMainGroupOnly ? { groups: 'primary' } : {}),
    ...options,
    ...(isBare(access) ? {} : { access }),
    ...(isBare(limits) ? {} : { limits }),
  }) as Record<string, unknown>;
}

function listenOf(listen: ListenDraft): string | ListenDraft {
  return Object.keys(listen).length === 1 ? listen.address : listen;
}

function isBare(part: AccessDraft | Readonly<Record<string, unknown>>): boolean {
  return Object.keys(part).length === 0;
}

/** A text that is to be replaced by our own means, where all others are taken as they are. */
export class Placeholder {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What reads like `${NAME}` in a foreign file means nothing to us. */
function escape(value: unknown): unknown {
  if (value instanceof Placeholder) return value.text;
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escape);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escape(member)]));
}

/** Lists, and maps within services, each on one line. */
function styleCollections(document: Document): void {
  visit(document, {
    Collection(_key, node, path) {
      const depth = path.filter((each) => isCollection(each) || isPair(each)).length;
      if (!isMap(node) || depth > 4) node.flow = true;
    },
  });
}
