import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';

/** What is to become of an accounts file. Names, hashes and keys are right already. */
export type AccountEdit =
  | { readonly kind: 'add'; readonly name: string; readonly password: string }
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'key'; readonly name: string; readonly key: string };

/** The text with one change, everything else as it was. null where the usual ways of writing do not fit; what it gives may still be wrong. */
export function spliceText(text: string, contents: ParsedNode | null, edit: AccountEdit): string | null {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const splice = edit.kind === 'add' ? spliceNew(text, contents, edit) : spliceAccount(text, contents, edit);
  if (splice === null) return null;
  const { from, to, text: inserted } = splice;
  return text.slice(0, from) + inserted.replaceAll('\n', eol) + text.slice(to);
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function spliceNew(
  text: string,
  contents: ParsedNode | null,
  { name, password }: Extract<AccountEdit, { kind: 'add' }>,
): Splice | null {
  if (isMap(contents) && contents.flow === true) return null;
  const [first] = isMap(contents) ? contents.items : [];
  const indent = first === undefined ? '' : indentAt(text, first.key.range[0]);
  const inner = `${indent}${stepIn(text, contents)}`;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return insertAt(text.length, `${gap}${indent}${writeName(name)}:\n${inner}password: ${password}\n`);
}

/** How much deeper the members of the first account stand. */
function stepIn(text: string, contents: ParsedNode | null): string {
  const accounts = isMap(contents) ? contents.items : [];
  for (const { key, value } of accounts) {
    if (!isMap(value) || value.flow === true) continue;
    const [member] = value.items;
    const [outer, inner] = [indentAt(text, key.range[0]), indentAt(text, member?.key.range[0] ?? 0)];
    if (inner.length > outer.length) return inner.slice(outer.length);
  }
  return '  ';
}

function spliceAccount(
  text: string,
  contents: ParsedNode | null,
  edit: Exclude<AccountEdit, { kind: 'add' }>,
): Splice | null {
  if (!isMap(contents) || contents.flow === true) return null;
  const pair = contents.items.find(({ key }) => nameOf(key) === edit.name);
  if (pair === undefined) return null;
  const account = pair.value;
  if (edit.kind === 'remove') {
    return {
      from: lineStart(text, pair.key.range[0]),
      to: lineEnd(text, lastOffset(account) ?? pair.key.range[1]),
      text: '',
    };
  }
  if (!isMap(account)) return null;
  const member = edit.kind === 'key' ? 'keys' : 'password';
  const present = account.items.find(({ key }) => nameOf(key) === member);
  if (present === undefined) return spliceMember(text, account, edit);
  const value = present.value;
  return edit.kind === 'key'
    ? spliceItem(text, value, edit.key)
    : splicePassword(value, account.flow === true, edit.password);
}

function splicePassword(value: ParsedNode | null, isFlow: boolean, password: string): Splice | null {
  if (!isScalar(value)) return null;
  return { from: value.range[0], to: value.range[1], text: writeHash(password, isFlow) };
}

function spliceItem(text: string, list: ParsedNode | null, key: string): Splice | null {
  if (!isSeq(list)) return null;
  const last = list.items.at(-1);
  if (list.flow === true) {
    return last === undefined
      ? insertAt(list.range[0] + 1, writeKey(key))
      : insertAt(last.range[1], `, ${writeKey(key)}`);
  }
  return insertAt(
    lineEnd(text, lastOffset(last ?? null) ?? 0),
    `${indentAt(text, list.range[0])}- ${writeKey(key)}\n`,
    text,
  );
}

function spliceMember(
  text: string,
  account: YAMLMap.Parsed,
  edit: Extract<AccountEdit, { kind: 'key' | 'password' }>,
): Splice | null {
  const isFlow = account.flow === true;
  const written =
    edit.kind === 'key' ? `keys: [${writeKey(edit.key)}]` : `password: ${writeHash(edit.password, isFlow)}`;
  const [first] = account.items;
  const inside = account.range[0] + 1;
  if (isFlow && first === undefined) return insertAt(inside, written);
  if (isFlow) return insertAt(first?.key.range[0] ?? inside, `${written}, `);
  const end = lastOffset(account);
  if (first === undefined || end === null) return null;
  return insertAt(lineEnd(text, end), `${indentAt(text, first.key.range[0])}${written}\n`, text);
}

/** `text`: what comes before may be the last line, without its end. */
function insertAt(offset: number, inserted: string, text = '\n'): Splice {
  const isUnended = offset === text.length && !text.endsWith('\n');
  return { from: offset, to: offset, text: isUnended ? `\n${inserted}` : inserted };
}

/** Where the last thing in a value ends. A block collection's own range may go on to what follows it. */
function lastOffset(node: ParsedNode | null): number | null {
  if (node === null) return null;
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (!isBlock) return node.range[1];
  if (isSeq(node)) return lastOffset(node.items.at(-1) ?? null);
  const last = node.items.at(-1);
  return lastOffset(last?.value ?? null) ?? last?.key.range[1] ?? null;
}

export function nameOf(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : '';
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the newline. */
function lineEnd(text: string, offset: number): number {
  // The value may end with its line, as a block scalar does.
  if (text[offset - 1] === '\n') return offset;
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}

function indentAt(text: string, offset: number): string {
  return ' '.repeat(offset - lineStart(text, offset));
}

/** Quoted where YAML would take it for something else than a text. */
function writeName(name: string): string {
  return /^[A-Za-z_]/.test(name) && !/^(?:null|true|false)$/i.test(name) ? name : JSON.stringify(name);
}

function writeHash(hash: string, isFlow: boolean): string {
  return isFlow ? JSON.stringify(hash) : hash;
}

function writeKey(key: string): string {
  return /^[\w@.+/=-]+(?: [\w@.+/=-]+)*$/.test(key) ? key : JSON.stringify(key);
}
