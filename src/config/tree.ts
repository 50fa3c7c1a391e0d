import type { Json } from '../contract/bus.ts';
import type { Range, Source } from './source.ts';

/** A value of the configuration that still knows where it stands. */
export interface TreeNode {
  readonly source: Source;
  /** Where the value stands; null when nothing was written. */
  readonly range: Range | null;
  /** Where its key stands; null for items of a list and for the whole. */
  readonly key: Range | null;
  readonly kind: 'scalar' | 'list' | 'map';
  /** Members of a map; items of a list by "0", "1", … */
  readonly children: ReadonlyMap<string, TreeNode>;
  /** Of a scalar. */
  value: null | boolean | number | string;
  /** Of a plain scalar with `${…}`: its text before it was read as a number or the like. */
  readonly text: string | null;
  /** It came, at least in part, from the environment or another file. */
  readonly isSecret: boolean;
  /** Its `${…}` could not be replaced; that is already a mistake. */
  readonly isBroken: boolean;
}

export type Path = readonly (string | number)[];

/** "services.mail.listen[1]" */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** The node at a path, or the last one on the way there. */
export function locate(root: TreeNode, path: Path): { readonly node: TreeNode; readonly isWhole: boolean } {
  let node = root;
  for (const part of path) {
    const next = node.children.get(String(part));
    if (next === undefined) return { node, isWhole: false };
    node = next;
  }
  return { node, isWhole: true };
}

export function find(root: TreeNode, path: Path): TreeNode | null {
  const { node, isWhole } = locate(root, path);
  return isWhole ? node : null;
}

/** True where nothing was written after the key. */
export function isEmpty(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

export function toJson(node: TreeNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return [...node.children.values()].map(toJson);
  return Object.fromEntries([...node.children].map(([key, child]) => [key, toJson(child)]));
}

/** All scalars below and including a node. */
export function* scalarsOf(node: TreeNode): Generator<TreeNode> {
  if (node.kind === 'scalar') yield node;
  else for (const child of node.children.values()) yield* scalarsOf(child);
}
