import { dirname } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  type Document,
  type Pair,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from 'yaml';

import { interpolate } from './interpolate.ts';
import type { Mistakes } from './mistakes.ts';
import { hidePlaceholders, showPlaceholders } from './placeholders.ts';
import { readPlain } from './plain.ts';
import { positionOf, type Range, type Source } from './source.ts';
import type { Path, TreeNode } from './tree.ts';

export interface DocumentContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly mistakes: Mistakes;
  /** How many values there may be, aliases followed. */
  readonly maxNodes?: number;
}

const defaultMaxNodes = 100_000;
const maxDepth = 64;

/** YAML 1.2 text as a tree with positions, `${…}` replaced; null when there is nothing in it, or only mistakes. */
export function readDocument(source: Source, context: DocumentContext): TreeNode | null {
  const document = parse(source, context.mistakes);
  if (document === null || document.contents === null) return null;
  try {
    return buildTree(source, document.contents as ParsedNode, context);
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    context.mistakes.add(source, error.range, [], error.message);
    return null;
  }
}

/** Ends the building of a tree that would not end by itself. */
class TooMuch extends Error {
  readonly range: Range;
  constructor(message: string, range: Range) {
    super(message);
    this.range = range;
  }
}

function parse(source: Source, mistakes: Mistakes): Document | null {
  const document = parseDocument(hidePlaceholders(source.text), {
    // Named, because a %YAML directive would else bring back the booleans of 1.1.
    schema: 'core',
    strict: true,
    merge: false,
    // Found while the tree is built, with the place of the first.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const wrong: readonly YAMLError[] = [...document.errors, ...document.warnings];
  // One slip makes the parser complain about everything after it on the line.
  const lines = new Set<number>();
  for (const error of wrong) {
    const { line } = positionOf(source, error.pos[0]);
    if (lines.has(line)) continue;
    lines.add(line);
    mistakes.add(source, error.pos, [], describeSyntax(error));
  }
  return wrong.length === 0 ? document : null;
}

function describeSyntax({ code, message }: YAMLError): string {
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, not with tabs';
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, got a second one';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') {
    return 'expected one value, got a map on the same line or indented too far (a text with ": " in it needs quotes)';
  }
  return `this is not YAML: ${showPlaceholders(message.charAt(0).toLowerCase() + message.slice(1))}`;
}

function buildTree(source: Source, contents: ParsedNode, context: DocumentContext): TreeNode {
  const { env, mistakes, maxNodes = defaultMaxNodes } = context;
  const anchors = new Map<string, ParsedNode>();
  const open = new Set<ParsedNode>();
  const surroundings = { env, folder: dirname(source.path) };
  let count = 0;
  return build(contents, null, []);

  function build(node: ParsedNode | null, key: Range | null, path: Path): TreeNode {
    const range = rangeOf(node);
    if (++count > maxNodes) throw new TooMuch(`more than ${maxNodes} values`, range ?? [0, 0]);
    if (path.length > maxDepth) throw new TooMuch(`nested more than ${maxDepth} levels deep`, range ?? [0, 0]);
    if (isAlias(node)) return build(follow(node), key, path);
    const empty = {
      source,
      range,
      key,
      children: new Map(),
      value: null,
      text: null,
      isSecret: false,
      isBroken: false,
    };
    if (node === null) return { ...empty, kind: 'scalar' };
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) return { ...empty, kind: 'scalar', ...buildScalar(node, path) };
    open.add(node);
    const children = isMap(node) ? buildMembers(node, path) : buildItems(node, path);
    open.delete(node);
    return { ...empty, kind: isMap(node) ? 'map' : 'list', children };
  }

  function follow(alias: ParsedNode & { readonly source: string }): ParsedNode {
    const target = anchors.get(alias.source);
    const range = rangeOf(alias) ?? [0, 0];
    if (target === undefined)
      throw new TooMuch(
        `there is no anchor "&${showPlaceholders(alias.source)}" before this${alias.source.startsWith('.') ? ': put it in quotes' : ''}`,
        range,
      );
    if (open.has(target)) throw new TooMuch(`"*${showPlaceholders(alias.source)}" contains itself`, range);
    return target;
  }

  function buildItems(node: ParsedNode, path: Path): ReadonlyMap<string, TreeNode> {
    const items = isSeq(node) ? node.items : [];
    return new Map(items.map((item, index) => [String(index), build(item, null, [...path, index])]));
  }

  function buildMembers(node: YAMLMap, path: Path): ReadonlyMap<string, TreeNode> {
    const members = new Map<string, TreeNode>();
    const merged = new Map<string, TreeNode>();
    for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const range = rangeOf(pair.key) ?? [0, 0];
      const name = nameOf(pair.key);
      if (name === null || name === '__proto__') {
        mistakes.add(source, range, path, 'expected a text as key');
      } else if (name === '<<' && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) {
        merge(pair.value, range, path, merged);
      } else if (members.has(name)) {
        const first = positionOf(source, members.get(name)?.key?.[0] ?? 0).line;
        mistakes.add(source, range, [...path, name], `duplicate key ${JSON.stringify(name)}, first on line ${first}`);
      } else {
        members.set(name, build(pair.value, range, [...path, name]));
      }
    }
    // What stands in the map itself goes before what is merged into it.
    for (const [name, child] of merged) if (!members.has(name)) members.set(name, child);
    return members;
  }

  function merge(value: ParsedNode | null, key: Range, path: Path, into: Map<string, TreeNode>): void {
    const tree = build(value, key, path);
    const maps = tree.kind === 'list' ? [...tree.children.values()] : [tree];
    for (const map of maps) {
      if (map.kind !== 'map') {
        mistakes.add(source, map.range ?? key, path, 'expected a map to merge, or a list of maps');
        continue;
      }
      for (const [name, child] of map.children) if (!into.has(name)) into.set(name, child);
    }
  }

  function buildScalar(node: Scalar.Parsed, path: Path): Pick<TreeNode, 'value' | 'text' | 'isSecret' | 'isBroken'> {
    const plain = { text: null, isSecret: false, isBroken: false };
    const { value } = node;
    const range = rangeOf(node) ?? [0, 0];
    if (typeof value === 'number' || typeof value === 'bigint') {
      if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
        return { ...plain, value: Number(value) };
      mistakes.add(source, range, path, 'expected a number that keeps all its digits (quotes make it a text)');
      return { ...plain, value: 0, isBroken: true };
    }
    if (typeof value !== 'string') return { ...plain, value: typeof value === 'boolean' ? value : null };
    const written = showPlaceholders(value);
    const replaced = interpolate(written, surroundings);
    if (replaced === null) return { ...plain, value: written };
    for (const failure of replaced.failures) mistakes.add(source, range, path, failure);
    const { text, isSecret } = replaced;
    const isRead = node.type === Scalar.PLAIN && node.tag === undefined;
    return {
      value: isRead ? readPlain(text) : text,
      text: isRead ? text : null,
      isSecret,
      isBroken: replaced.failures.length > 0,
    };
  }
}

function rangeOf(node: ParsedNode | null): Range | null {
  return node === null ? null : [node.range[0], node.range[1]];
}

function nameOf(key: ParsedNode | null): string | null {
  if (!isScalar(key) || key.value === null || key.value === '') return null;
  return showPlaceholders(key.source ?? '');
}
