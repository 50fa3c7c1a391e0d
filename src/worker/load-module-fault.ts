import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { quietly } from '../system/quietly.ts';
import { syntaxErrorLine } from '../system/syntax-error-line.ts';

/** Where the fault of a module stands: in itself, or in one that it imports. */
export interface FaultPlace {
  readonly file: string;
  readonly line: number;
}

/** Who imports whom, of all modules that this process has been asked for. */
export interface ImportGraph {
  /** `given`: as it was asked for. */
  add(parent: string | undefined, given: string, url: string): void;
  /** Files reached from that one which have asked for nothing themselves; the last of them first. */
  leavesFrom(url: string): readonly string[];
}

export function createImportGraph(): ImportGraph {
  const children = new Map<string, Set<string>>();
  const add = (from: string, to: string): void => void children.set(from, (children.get(from) ?? new Set()).add(to));
  return {
    add(parent, given, url) {
      if (parent !== undefined) add(parent, url);
      // A link is asked for by one name and is there by another.
      if (given !== url && given.startsWith('file:')) add(given, url);
    },
    leavesFrom(url) {
      const reached = new Set([url]);
      for (const one of reached) for (const other of children.get(one) ?? []) reached.add(other);
      return [...reached].filter((one) => one.startsWith('file:') && !children.has(one)).toReversed();
    },
  };
}

// Each costs the start of a process. What is installed was most often parsed by others before.
const maxChecked = 16;

/** null: it cannot be said. */
export async function faultPlace(path: string, error: unknown, imports: ImportGraph): Promise<FaultPlace | null> {
  if (!(error instanceof Error)) return null;
  const place = placeInStack(error);
  if (place !== null || !isUnplaced(error)) return place;
  // What cannot be parsed has imported nothing.
  const leaves = imports.leavesFrom(pathToFileURL(path).href).map((url) => fileURLToPath(url));
  const [installed, own] = [leaves.filter(isInstalled), leaves.filter((file) => !isInstalled(file))];
  for (const file of [...own, ...installed].slice(0, maxChecked)) {
    const line = await syntaxErrorLine(await textOf(file));
    if (line !== null) return { file, line };
  }
  return null;
}

/** A stack begins with the place of what cannot be parsed, where Node knows it, or else the first frame is that of what threw. */
function placeInStack({ stack = '', message }: Error): FaultPlace | null {
  const parsed = /^((?:file:\/\/)?\/.*):(\d+)$/.exec(stack.split('\n', 1)[0] ?? '');
  if (parsed !== null) return placeOf(parsed);
  const thrown = /^\s+at (?:.* \()?(file:\/\/\/.*):(\d+):\d+\)?$/.exec(firstFrame(stack, message));
  return thrown === null ? null : placeOf(thrown);
}

function placeOf([, file = '', line = '']: RegExpExecArray): FaultPlace {
  return { file: file.startsWith('file:') ? fileURLToPath(file) : file, line: Number(line) };
}

/** An ES module that cannot be parsed: V8 knows the place, and Node does not put it into the error. */
function isUnplaced({ name, stack = '', message }: Error): boolean {
  return name === 'SyntaxError' && /\(node:internal\/modules\/esm\//.test(firstFrame(stack, message));
}

function firstFrame(stack: string, message: string): string {
  return stack.slice(stack.indexOf(message) + message.length).split('\n', 2)[1] ?? '';
}

function isInstalled(file: string): boolean {
  return file.includes('/node_modules/');
}

/** As it is parsed: types are blanks, so that lines stay what they are. "" for what is no text of a module. */
async function textOf(file: string): Promise<string> {
  if (!/\.[cm]?[jt]s$/.test(file)) return '';
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!file.endsWith('ts')) return text;
  try {
    return quietly(() => stripTypeScriptTypes(text));
  } catch {
    return '';
  }
}
