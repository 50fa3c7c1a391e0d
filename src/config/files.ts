import { globSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';

import { readDocument, type DocumentContext } from './document.ts';
import { createSource, describeFileError, positionOf, readText, SourceError, type Source } from './source.ts';
import { isEmpty, type Path, type TreeNode } from './tree.ts';

/** Everything that was written, as if it stood in one file. */
export interface ReadFiles {
  readonly root: TreeNode | null;
  /** False when a file is missing from it, because it could not be read; that is already a mistake. */
  readonly isWhole: boolean;
  /** As messages show them, the main one first. */
  readonly names: readonly string[];
  /** Absolute. */
  readonly paths: readonly string[];
}

const limits = { maxBytes: 4 * 1024 ** 2, maxText: '4MB' };
const maxFiles = 1000;
const maxIncludeDepth = 8;
const mergedSections = ['services', 'certificates', 'deliveries'];

/** Text for the excerpts beside mistakes. null for what is no file of ours: reading a device or a pipe might never end. */
export function readForExcerpts(path: string): string | null {
  try {
    return readText(path, limits);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.text === '' ? null : error.text;
  }
}

/** Reads a file and all that it includes. `text`: what stands in the main file, which then need not exist. */
export function readFiles(file: string, context: DocumentContext, text?: string): ReadFiles {
  const { mistakes } = context;
  const names: string[] = [];
  const paths: string[] = [];
  let isWhole = true;
  const seen = new Set<string>();
  const sections = new Map<string, TreeNode>();
  const main = read(normalize(file), true);
  if (main === null) return { root: null, isWhole: false, names, paths };
  add(main, [realPath(main.source.path)]);
  return { root: { ...main, children: sections }, isWhole, names, paths };

  function read(name: string, isMain: boolean): TreeNode | null {
    const path = resolve(name);
    names.push(name);
    paths.push(path);
    seen.add(realPath(path));
    let source: Source;
    try {
      const given = isMain ? text : undefined;
      source = createSource(name, path, given ?? readText(path, { ...limits, allowsPipe: isMain }));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const at = createSource(name, path, error.text);
      const message = error.text === '' ? `cannot read the file: ${error.message}` : error.message;
      mistakes.add(at, [error.offset, error.offset], [], message);
      isWhole = false;
      return null;
    }
    const before = mistakes.count;
    const root = readDocument(source, context);
    if (root === null) {
      if (mistakes.count > before) isWhole = false;
      else if (isMain) mistakes.add(source, [0, 0], [], 'the file is empty, expected at least "services:"');
      return null;
    }
    if (root.kind === 'map') return root;
    mistakes.add(source, root.range ?? [0, 0], [], 'expected a map of sections such as "services:"');
    isWhole = false;
    return null;
  }

  /** `chain`: the real paths of the files that led here, this one last. */
  function add(root: TreeNode, chain: readonly string[]): void {
    for (const [name, section] of root.children) {
      if (name !== 'include') addSection(name, section);
    }
    const include = root.children.get('include');
    if (include !== undefined) for (const [path, pattern] of patternsOf(include)) addPattern(pattern, path, chain);
  }

  function addSection(name: string, section: TreeNode): void {
    const present = sections.get(name);
    if (present === undefined || (mergedSections.includes(name) && isEmpty(present))) {
      sections.set(name, section);
    } else if (!mergedSections.includes(name)) {
      duplicate([name], section, present, `"${name}" may be given once`);
    } else if (present.kind === 'map' && section.kind === 'map') {
      sections.set(name, mergeSections(name, present, section));
    } else if (!isEmpty(section)) {
      mistakes.add(section.source, section.range ?? [0, 0], [name], 'expected a map');
    }
  }

  function mergeSections(section: string, present: TreeNode, next: TreeNode): TreeNode {
    const children = new Map(present.children);
    for (const [name, child] of next.children) {
      const first = children.get(name);
      if (first === undefined) children.set(name, child);
      else duplicate([section, name], child, first, `duplicate name ${JSON.stringify(name)}`);
    }
    return { ...present, children };
  }

  function duplicate(path: Path, second: TreeNode, first: TreeNode, message: string): void {
    const { line } = positionOf(first.source, first.key?.[0] ?? 0);
    mistakes.add(second.source, second.key ?? [0, 0], path, `${message}, first in ${first.source.name}:${line}`);
  }

  function patternsOf(include: TreeNode): (readonly [Path, TreeNode])[] {
    const items: (readonly [Path, TreeNode])[] =
      include.kind === 'list'
        ? [...include.children.values()].map((item, index) => [['include', index], item])
        : [[['include'], include]];
    return items.filter(([path, item]) => {
      if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '') return !item.isBroken;
      const range = isEmpty(item) ? item.key : item.range;
      mistakes.add(
        item.source,
        range ?? item.range ?? [0, 0],
        path,
        'expected a list of paths such as [conf.d/*.yaml]',
      );
      return false;
    });
  }

  function addPattern(pattern: TreeNode, place: Path, chain: readonly string[]): void {
    const complain = (message: string): void => mistakes.add(pattern.source, pattern.range ?? [0, 0], place, message);
    const text = String(pattern.value);
    const shown = pattern.isSecret ? '"…"' : JSON.stringify(text);
    const hasWildcard = /[*?[{]/.test(text);
    const found = hasWildcard ? glob(text, dirname(pattern.source.path)) : [text];
    for (const path of found) {
      const name = isAbsolute(path) ? path : join(dirname(pattern.source.name), path);
      const real = realPath(resolve(name));
      if (chain.includes(real)) {
        complain(real === chain.at(-1) ? `${shown} is this file itself` : `${shown} includes this file in turn`);
      } else if (chain.length > maxIncludeDepth || names.length >= maxFiles) {
        complain(`expected at most ${maxFiles} files, and ${maxIncludeDepth} of them one below the other`);
        return;
      } else if (!seen.has(real)) {
        const failure = hasWildcard ? null : failureOf(resolve(name));
        const root = failure === null ? read(name, false) : null;
        if (failure !== null) {
          complain(`cannot read ${shown}: ${failure}`);
          isWhole = false;
        }
        if (root !== null) add(root, [...chain, real]);
      }
    }
  }
}

/** Files that match, in the order of their names. */
function glob(pattern: string, cwd: string): string[] {
  return globSync(pattern, { cwd })
    .filter((path) => failureOf(resolve(cwd, path)) === null)
    .toSorted();
}

/** Why a file that is named without wildcards cannot be there. */
function failureOf(path: string): string | null {
  try {
    return statSync(path).isDirectory() ? 'it is a folder' : null;
  } catch (error) {
    return describeFileError(error);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there, which reading it will tell.
    return path;
  }
}
