import { globSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Source } from '../draft.ts';
import { isForeignFile, listForeignFolder, readForeignFile, refuse } from '../read-file.ts';
import type { Dialect } from './dialect.ts';
import { parseLine, type Line } from './grammar.ts';
import { beginsKeyValue, endsKeyValue, parseKeyValue } from './key-value.ts';

export interface ReadLine {
  readonly source: Source;
  readonly line: Line;
}

export interface InetdText {
  readonly file: string;
  readonly text: string;
}

const maxFiles = 1000;
const maxDepth = 8;
const maxLogicalLines = 200;

/** The files at a path: one, or all in a folder such as /etc/inetd.d. */
export function readInetdFiles(path: string): InetdText[] {
  const names = listForeignFolder(path);
  if (names === null) return [{ file: path, text: readForeignFile(path) }];
  const files = names
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .map((name) => join(path, name))
    .filter(isForeignFile);
  if (files.length > maxFiles) throw refuse(path, `expected at most ${maxFiles} files in it`);
  return files.map((file) => ({ file, text: readForeignFile(file) }));
}

/** All lines that say something, those of included files in their place. */
export function readInetdLines({ file, text }: InetdText, dialect: Dialect, chain: readonly string[] = []): ReadLine[] {
  const own = [...chain, resolve(file)];
  return joinLines(text, dialect).flatMap(({ line: number, text: whole }) => {
    const source: Source = { file, line: number, text: whole.replaceAll(/\s+/g, ' ').trim() };
    const line = beginsKeyValue(whole) ? parseKeyValue(whole) : parseLine(whole, dialect);
    if (line.kind !== 'include') return line.kind === 'nothing' ? [] : [{ source, line }];
    return include(line.pattern, source, dialect, own);
  });
}

function include(pattern: string, source: Source, dialect: Dialect, chain: readonly string[]): ReadLine[] {
  const found = globSync(pattern, { cwd: dirname(source.file) })
    .toSorted()
    .map((path) => resolve(dirname(source.file), path));
  if (found.length > maxFiles) throw refuse(source.file, `line ${source.line}: expected at most ${maxFiles} files`);
  return found.flatMap((path) => {
    const wrong = (reason: string): ReadLine[] => [{ source, line: { kind: 'wrong', reason } }];
    if (chain.includes(path)) return wrong(`${path} includes this file in turn`);
    if (chain.length >= maxDepth) return wrong(`expected at most ${maxDepth} files one below the other`);
    return readInetdLines({ file: path, text: readForeignFile(path) }, dialect, chain);
  });
}

interface LogicalLine {
  readonly line: number;
  readonly text: string;
}

/** A line that begins with a blank goes on with the one before, as in all of BSD; a key-value entry goes on to its semicolon. */
function joinLines(text: string, dialect: Dialect): LogicalLine[] {
  const joined: LogicalLine[] = [];
  let isOpen = false;
  let parts = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const last = joined.at(-1);
    const goesOn = isOpen || (/^[ \t]+[^\s#]/.test(line) && dialect !== 'gnu' && isEntry(last?.text));
    if (last !== undefined && goesOn && parts < maxLogicalLines) {
      joined[joined.length - 1] = { line: last.line, text: `${last.text}\n${line}` };
      parts++;
    } else {
      joined.push({ line: index + 1, text: line });
      parts = 0;
    }
    const current = joined.at(-1)?.text ?? '';
    isOpen = beginsKeyValue(current) && !endsKeyValue(current);
  }
  return joined;
}

function isEntry(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && !text.startsWith('#');
}
