import { dirname, join, resolve } from 'node:path';

import type { Remark, Source, Unconverted } from '../draft.ts';
import { isForeignFile, listForeignFolder, readForeignFile, refuse, tryReadForeignFile } from '../read-file.ts';
import { parseXinetd, type Section } from './grammar.ts';

export interface XinetdSections {
  readonly sections: readonly (Section | Unconverted)[];
  readonly remarks: readonly Remark[];
}

const maxDepth = 8;
const maxFiles = 1000;

/** All sections at a path, the main file or a folder of entries, with what it includes. */
export function readXinetd(path: string): XinetdSections {
  const sections: (Section | Unconverted)[] = [];
  const remarks: Remark[] = [];
  let files = 0;
  const names = listForeignFolder(path);
  if (names === null) read(path, readForeignFile(path), []);
  else for (const name of entriesOf(names)) readEntry(join(path, name), []);
  return { sections, remarks };

  function readEntry(file: string, chain: readonly string[]): void {
    if (isForeignFile(file)) read(file, readForeignFile(file), chain);
  }

  function read(file: string, text: string, chain: readonly string[]): void {
    if (++files > maxFiles) throw refuse(file, `expected at most ${maxFiles} files`);
    for (const item of parseXinetd(text, file)) {
      if (item.kind === 'section') sections.push(item.section);
      else if (item.kind === 'wrong') sections.push({ source: item.source, reason: item.reason });
      else include(item, item.source, [...chain, resolve(file)]);
    }
  }

  function include(item: { path: string; isFolder: boolean }, source: Source, chain: readonly string[]): void {
    const path = resolve(dirname(source.file), item.path);
    const remark = (text: string): void => void remarks.push({ file: source.file, line: source.line, text });
    if (chain.length >= maxDepth) return remark(`expected at most ${maxDepth} files one below the other`);
    if (item.isFolder) {
      const found = listForeignFolder(path);
      if (found === null) return remark(`there is no folder ${path}`);
      for (const name of entriesOf(found)) {
        const file = join(path, name);
        if (chain.includes(file)) remark(`${file} includes this file in turn`);
        else readEntry(file, chain);
      }
      return;
    }
    if (chain.includes(path)) return remark(`${path} includes this file in turn`);
    const text = tryReadForeignFile(path);
    if (text === null) return remark(`cannot read ${path}`);
    read(path, text, chain);
  }
}

/** xinetd.conf(5): names with a dot in them, or a tilde at their end, are passed over. */
function entriesOf(names: readonly string[]): string[] {
  return names.filter((name) => !name.includes('.') && !name.endsWith('~'));
}
