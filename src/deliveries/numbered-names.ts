import { maxFileNameBytes } from '../wire/file-name.ts';
import { extensionOf } from '../wire/file-name.ts';
import { shortened } from './templates.ts';

// So many are looked at for each file, and no more.
const maxNumber = 99;

/** "name.ext", "name-2.ext" … "name-99.ext", and "name-ID.ext", which no other item has. Each fits into a folder. */
export function* numberedNames(name: string, id: string): Generator<string> {
  yield shortened(name, maxFileNameBytes);
  for (let number = 2; number <= maxNumber; number += 1) yield withSuffix(name, `-${number}`);
  yield withSuffix(name, `-${id}`);
  for (let number = 2; number <= maxNumber; number += 1) yield withSuffix(name, `-${id}-${number}`);
}

function withSuffix(name: string, suffix: string): string {
  const short = shortened(name, maxFileNameBytes - suffix.length);
  const extension = extensionOf(short);
  if (extension === '') return `${short}${suffix}`;
  return `${short.slice(0, short.length - extension.length - 1)}${suffix}.${extension}`;
}
