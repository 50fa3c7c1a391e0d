import { stripVTControlCharacters } from 'node:util';

import { ConfigError, type Excerpt, type Mistake } from '../contract/errors.ts';
import { positionOf, type Range, type Source } from './source.ts';
import { formatPath, isEmpty, locate, type Path, type TreeNode } from './tree.ts';

/** Collects everything that is wrong, so that it can be told at once. */
export interface Mistakes {
  readonly count: number;
  add(source: Source, range: Range, path: Path, message: string): void;
  /** At the value of a path; at the key where there is no value, and at the nearest key above where there is neither. */
  addAt(root: TreeNode, path: Path, message: string): void;
  /** At the key of a path. */
  addAtKey(root: TreeNode, path: Path, message: string): void;
  /** One that was found elsewhere, in a file of its own. */
  addRead(mistake: Mistake): void;
  /** All of them, in the order of the files given and of their lines. */
  toError(files: readonly string[]): ConfigError;
}

export function createMistakes(): Mistakes {
  const list: Mistake[] = [];
  const known = new Set<string>();
  const mistakes: Mistakes = {
    get count() {
      return list.length;
    },
    add(source, range, path, message) {
      const mistake = createMistake(source, range, formatPath(path), message);
      // A node with an alias stands at two paths but is written, and wrong, once.
      const identity = `${mistake.file}:${mistake.line}:${mistake.column}:${message}`;
      if (known.has(identity)) return;
      known.add(identity);
      list.push(mistake);
    },
    addAt(root, path, message) {
      const { node, isWhole } = locate(root, path);
      if (node.isBroken) return;
      const range = isWhole && !isEmpty(node) ? node.range : node.key;
      mistakes.add(node.source, range ?? node.range ?? [0, 0], path, message);
    },
    addAtKey(root, path, message) {
      const { node } = locate(root, path);
      mistakes.add(node.source, node.key ?? node.range ?? [0, 0], path, message);
    },
    addRead: (mistake) => void list.push(mistake),
    toError(files) {
      // Those of other files come last.
      const order = (mistake: Mistake): number => (files.indexOf(mistake.file) + files.length + 1) % (files.length + 1);
      return new ConfigError(list.toSorted((a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column));
    },
  };
  return mistakes;
}

function createMistake(source: Source, [start, end]: Range, path: string, message: string): Mistake {
  const { line, column } = positionOf(source, start);
  const nextLine = source.lineStarts[line] ?? source.text.length + 1;
  const marked = source.text.slice(start, Math.min(end, nextLine - 1)).trimEnd();
  return { file: source.name, line, column, path, message, length: Math.max(1, marked.length) };
}

const maxExcerptWidth = 160;

/** Messages with the lines they are about. `read` gives a file's text; without it, or where it gives null, there is no excerpt. */
export function renderMistakes(
  mistakes: readonly Mistake[],
  read: (file: string) => string | null = () => null,
): string {
  const texts = new Map<string, readonly string[] | null>();
  const linesOf = (file: string): readonly string[] | null => {
    if (!texts.has(file))
      texts.set(
        file,
        read(file)
          ?.replace(/^\uFEFF/, '')
          .split('\n') ?? null,
      );
    return texts.get(file) ?? null;
  };
  const excerptOf = ({ file, line, excerpt }: Mistake): Excerpt | null => {
    if (excerpt !== undefined) return excerpt;
    const lines = linesOf(file);
    return { line: lines?.[line - 1] ?? '', before: lines?.[line - 2] ?? null };
  };
  return mistakes.map((mistake) => renderMistake(mistake, excerptOf(mistake))).join('\n');
}

/** "FILE:LINE:COLUMN: PATH: MESSAGE" */
export function formatMistake({ file, line, column, path, message }: Mistake): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

function renderMistake(mistake: Mistake, shown: Excerpt | null): string {
  const head = `${formatMistake(mistake)}\n`;
  if (shown === null || shown.line.trim() === '') return head;
  const { line, before } = shown;
  const width = String(mistake.line).length;
  const skipped = mistake.column > maxExcerptWidth ? mistake.column - maxExcerptWidth / 2 : 0;
  const cut = (text: string): string => printable(text.slice(skipped, skipped + maxExcerptWidth));
  const indent = cut(line)
    .slice(0, mistake.column - 1 - skipped)
    .replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.min(mistake.length, maxExcerptWidth - indent.length));
  const excerpt = [
    ...(before === null ? [] : [`   ${String(mistake.line - 1).padStart(width)} | ${cut(before)}`]),
    ` > ${mistake.line} | ${cut(line)}`,
    `   ${' '.repeat(width)} | ${indent}${carets}`,
  ];
  return `${head}${excerpt.map((each) => `${each.trimEnd()}\n`).join('')}`;
}

/** The file may hold anything; a terminal must not act on it. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return stripVTControlCharacters(text.trimEnd()).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '?');
}
