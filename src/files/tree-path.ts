import { maxFileNameBytes } from '../wire/file-name.ts';
import { treeError } from './fault.ts';

// Paths as peers write them. Nothing in here looks at the disk.

/** Where drafts are. No peer sees it, at any level. */
export const hiddenName = '.portico-incoming';

/** Bytes, before anything is resolved. */
export const maxPathBytes = 4_095;
/** Folders below each other. */
export const maxDepth = 128;

export interface TreePath {
  /** "/a/b", "/" for the root; without "." and "..". */
  readonly path: string;
  readonly parent: string;
  /** "" for the root. */
  readonly name: string;
}

export interface PathUse {
  /** Something is to be made of that name. */
  readonly isNew: boolean;
}

/** Throws a TreeError for what is no path. */
export function parseTreePath(text: string, use: PathUse = { isNew: false }): TreePath {
  if (text.length > maxPathBytes || Buffer.byteLength(text) > maxPathBytes) throw treeError('name');
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
    if (parts.length > maxDepth) throw treeError('name');
  }
  if (!parts.every(isName)) throw treeError('name');
  if (parts.includes(hiddenName)) throw treeError(use.isNew ? 'name' : 'missing');
  const name = parts.at(-1) ?? '';
  const parent = `/${parts.slice(0, -1).join('/')}`;
  return { path: `/${parts.join('/')}`, parent, name };
}

// Control characters (C0, DEL, C1), the ends of lines and paragraphs, and what turns the direction of the text around it. The
// backslash is a character like any other, and so is a dot at the beginning.
const unfit = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
const plain = /^[\w !#$%&'()+,.=@~^{}[\]-]{1,255}$/;

/** Whether that may be one part of a path. Names on the disk for which it may not are left out of lists. */
export function isName(name: string): boolean {
  if (plain.test(name)) return true;
  return (
    name !== '' &&
    name.length <= maxFileNameBytes &&
    Buffer.byteLength(name) <= maxFileNameBytes &&
    !unfit.test(name) &&
    !name.includes('/') &&
    name.isWellFormed()
  );
}

/** The path from a folder to what is in it, both in the tree. */
export function below(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** What is to be made is made where its whole path on this machine can be said: what is deeper nobody could come to, or count. */
export function checkPlace(folder: string, name: string): void {
  if (Buffer.byteLength(folder) + 1 + Buffer.byteLength(name) > maxPathBytes) throw treeError('name');
}
