import type { Source } from '../draft.ts';

/** xinetd.conf(5) as it is written: sections with attributes, and what is included between them. Pure. */
export type Item =
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'include'; readonly isFolder: boolean; readonly path: string; readonly source: Source }
  | { readonly kind: 'wrong'; readonly source: Source; readonly reason: string };

export interface Section {
  /** null: `defaults`. */
  readonly service: string | null;
  readonly source: Source;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly name: string;
  readonly operator: '=' | '+=' | '-=';
  readonly values: readonly string[];
  readonly line: number;
}

export function parseXinetd(text: string, file: string): Item[] {
  const items: Item[] = [];
  let open: { service: string | null; source: Source; attributes: Attribute[]; isBegun: boolean } | null = null;
  for (const [index, each] of text.split(/\r?\n/).entries()) {
    const line = each.trim();
    if (line === '' || line.startsWith('#')) continue;
    const source: Source = { file, line: index + 1, text: line.replaceAll(/\s+/g, ' ') };
    const wrong = (reason: string): void => void items.push({ kind: 'wrong', source, reason });
    if (open === null) {
      const head = parseHead(line, source);
      if (head === null) wrong('expected "service NAME", "defaults", "include" or "includedir"');
      else if ('path' in head) items.push(head);
      else open = { ...head, source, attributes: [] };
    } else if (line === '{' && !open.isBegun) {
      open.isBegun = true;
    } else if (line === '}') {
      items.push({ kind: 'section', section: open });
      open = null;
    } else {
      const attribute = open.isBegun ? parseAttribute(line, index + 1) : null;
      if (attribute === null) wrong(open.isBegun ? 'expected "attribute = values"' : 'expected "{"');
      else open.attributes.push(attribute);
    }
  }
  if (open !== null) items.push({ kind: 'wrong', source: open.source, reason: 'expected "}" at its end' });
  return items;
}

type Head = { readonly service: string | null; readonly isBegun: boolean };

function parseHead(line: string, source: Source): Head | (Item & { kind: 'include' }) | null {
  const service = /^service\s+([^\s{]+)\s*(\{)?$/.exec(line);
  if (service !== null) return { service: service[1] ?? '', isBegun: service[2] !== undefined };
  const defaults = /^defaults\s*(\{)?$/.exec(line);
  if (defaults !== null) return { service: null, isBegun: defaults[1] !== undefined };
  const include = /^(include|includedir)\s+(\S+)$/.exec(line);
  if (include === null) return null;
  return { kind: 'include', isFolder: include[1] === 'includedir', path: include[2] ?? '', source };
}

function parseAttribute(line: string, number: number): Attribute | null {
  const [, name, operator, values] = /^([A-Za-z0-9_]+)\s*(\+=|-=|=)\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || values === undefined) return null;
  return {
    name: name.toLowerCase(),
    operator: operator as Attribute['operator'],
    values: values.split(/\s+/).filter((value) => value !== ''),
    line: number,
  };
}
