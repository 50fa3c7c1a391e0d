import type { Item } from '../contract/item.ts';
import { extensionOf, maxFileNameBytes } from '../wire/file-name.ts';
import { dateWords, expandTemplate } from '../wire/name-template.ts';

// What is longer is no extension that anybody would miss.
const maxExtensionBytes = 32;

/**
 * The parts of the path that a template ("{date}/{name}") gives for an item: folders, and the file's name. Each is fit to be
 * the name of a file: no slash of a value makes a folder, none begins with a dot or is empty, none is longer than 255 bytes.
 * The same at every attempt.
 */
export function renderPath(template: string, item: Item): string[] {
  const { service, account, id, name, received, mail } = item;
  const parts = expandTemplate(template, {
    service,
    account: account ?? 'anonymous',
    id,
    name,
    extension: extensionOf(name),
    from: mail?.from ?? '',
    to: mail?.to[0] ?? '',
    subject: mail?.subject ?? '',
    ...dateWords(new Date(received)),
  });
  return parts.map((part) => shortened(part, maxFileNameBytes));
}

/** A name of at most so many bytes that has kept its extension. */
export function shortened(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const extension = extensionOf(name);
  const end = extension === '' || Buffer.byteLength(extension) > maxExtensionBytes ? '' : `.${extension}`;
  const stem = Buffer.from(name.slice(0, name.length - end.length)).subarray(0, maxBytes - Buffer.byteLength(end));
  // The cut may be within a character, of which a mark for what is broken would be left.
  return stem.toString('utf8').replace(/\uFFFD$/, '') + end;
}
