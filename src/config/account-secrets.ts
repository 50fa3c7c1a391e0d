import type { Excerpt, Mistake } from '../contract/errors.ts';
import { openMembers } from './account-shape.ts';
import { positionOf, type Source } from './source.ts';
import { scalarsOf, type TreeNode } from './tree.ts';

/** An accounts file as a tree in which everything is secret that is not known to be none. */
export function hideSecrets(root: TreeNode): TreeNode {
  return mapChildren(root, (account) =>
    account.kind === 'map'
      ? mapChildren(account, (member, name) => (openMembers.includes(name) ? member : hideAll(member)))
      : hideAll(account),
  );
}

function hideAll(node: TreeNode): TreeNode {
  return mapChildren({ ...node, isSecret: true }, hideAll);
}

function mapChildren(node: TreeNode, change: (child: TreeNode, name: string) => TreeNode): TreeNode {
  return { ...node, children: new Map([...node.children].map(([name, child]) => [name, change(child, name)])) };
}

/**
 * Mistakes with all that may be shown of their lines: up to the first secret or comment. Where nothing is known of the file (it is
 * not YAML) nothing is shown.
 */
export function withExcerpts(mistakes: readonly Mistake[], source: Source, root: TreeNode | null): Mistake[] {
  if (root === null) return mistakes.map((mistake) => ({ ...mistake, excerpt: null }));
  const cuts = findCuts(source, root);
  return mistakes.map((mistake) => ({ ...mistake, ...excerptOf(mistake, source, cuts) }));
}

/** By line, counted from 1: the column, counted from 0, of the first character that is not to be seen. */
type Cuts = ReadonlyMap<number, number>;

function findCuts(source: Source, root: TreeNode): Cuts {
  const cuts = new Map<number, number>();
  for (const { isSecret, range } of scalarsOf(root)) {
    if (!isSecret || range === null) continue;
    const start = positionOf(source, range[0]);
    const end = positionOf(source, Math.max(range[0], range[1] - 1));
    cuts.set(start.line, Math.min(start.column - 1, cuts.get(start.line) ?? Infinity));
    for (let line = start.line + 1; line <= end.line; line++) cuts.set(line, 0);
  }
  return cuts;
}

function excerptOf(mistake: Mistake, source: Source, cuts: Cuts): Pick<Mistake, 'excerpt' | 'length'> {
  const line = shownLine(mistake.line, source, cuts);
  const before = mistake.line > 1 ? shownLine(mistake.line - 1, source, cuts) : null;
  const start = mistake.column - 1;
  const excerpt: Excerpt | null = start < line.length ? { line, before } : null;
  return { excerpt, length: Math.max(1, Math.min(mistake.length, line.length - start)) };
}

function shownLine(number: number, { text, lineStarts }: Source, cuts: Cuts): string {
  const whole = text.slice(lineStarts[number - 1], lineStarts[number] ?? text.length).trimEnd();
  const comment = whole.search(/(?:^|\s)#/);
  const cut = Math.min(cuts.get(number) ?? Infinity, comment < 0 ? Infinity : comment);
  return cut < whole.length ? `${whole.slice(0, cut)}…` : whole;
}
