import { isDeepStrictEqual } from 'node:util';
import { isMap, parseDocument, type Document, type ParsedNode, type YAMLMap } from 'yaml';

import { nameOf, spliceText, type AccountEdit } from './account-splice.ts';
import { hidePlaceholders, showPlaceholders } from './placeholders.ts';

/** The file is written in a way that cannot be changed by program. */
export class NotEditable extends Error {
  override readonly name = 'NotEditable';
}

/**
 * The text with one change, everything else as it was: comments, order, spaces. The result is read again and compared with what
 * was meant. What is written in an unusual way is written anew by the YAML library, which keeps the comments but not all the spaces;
 * what cannot be changed even so throws NotEditable.
 */
export function editAccounts(text: string, edit: AccountEdit): string {
  const hidden = hidePlaceholders(text);
  const before = parse(hidden);
  if (before === null) throw new NotEditable('the file is not YAML');
  const wanted = expected(before, edit);
  for (const change of [spliceText, rewriteDocument]) {
    const changed = change(hidden, before.contents, edit);
    if (changed !== null && isDeepStrictEqual(accountsOf(changed), wanted)) return showPlaceholders(changed);
  }
  throw notEditable(edit.name);
}

function notEditable(name: string): NotEditable {
  return new NotEditable(`the account ${JSON.stringify(name)} is written in a way that has to be changed by hand`);
}

function parse(text: string): Document.Parsed | null {
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  const isRight = document.errors.length === 0 && (document.contents === null || isMap(document.contents));
  return isRight ? document : null;
}

/** null when it is not YAML any more, or an alias has lost what it stood for. */
function accountsOf(text: string): Map<string, unknown> | null {
  const document = parse(text);
  try {
    return document === null ? null : accountsIn(document);
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

function accountsIn(document: Document.Parsed): Map<string, unknown> {
  const { contents } = document;
  if (!isMap(contents)) return new Map();
  return new Map(
    contents.items.map(({ key, value }) => [nameOf(key), value?.toJS(document, { maxAliasCount: 1000 }) as unknown]),
  );
}

function expected(before: Document.Parsed, edit: AccountEdit): Map<string, unknown> {
  const accounts = accountsIn(before);
  const account = accounts.get(edit.name) as { readonly keys?: readonly string[]; readonly '<<'?: unknown } | undefined;
  if (edit.kind === 'key' && account?.keys === undefined && account?.['<<'] !== undefined) {
    // Keys of its own would take the place of those that are merged in.
    throw notEditable(edit.name);
  }
  if (edit.kind === 'remove') accounts.delete(edit.name);
  else if (edit.kind === 'key') accounts.set(edit.name, { ...account, keys: [...(account?.keys ?? []), edit.key] });
  else accounts.set(edit.name, { ...account, password: edit.password });
  return accounts;
}

function rewriteDocument(text: string, _contents: ParsedNode | null, edit: AccountEdit): string | null {
  const document = parseDocument(text, { schema: 'core', logLevel: 'silent' });
  const { contents } = document;
  if (contents !== null && !isMap(contents)) return null;
  const key = (contents as YAMLMap | null)?.items.find((pair) => nameOf(pair.key) === edit.name)?.key ?? edit.name;
  try {
    if (edit.kind === 'remove') document.deleteIn([key]);
    else if (edit.kind === 'key') document.addIn([key, 'keys'], edit.key);
    else document.setIn([key, 'password'], edit.password);
    return document.toString({ lineWidth: 0, flowCollectionPadding: false });
  } catch {
    // There is something else where a map or a list was expected.
    return null;
  }
}
