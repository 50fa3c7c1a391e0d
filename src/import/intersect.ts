import type { AccessDraft } from './draft.ts';
import { covers, everybody, isName } from './networks.ts';

/** Who is let in by both: what two programs looked at one after the other. */
export function intersectAccess(one: AccessDraft, other: AccessDraft): AccessDraft {
  if (isOpen(one)) return other;
  if (isOpen(other)) return one;
  const deny = [...new Set([...(one.deny ?? []), ...(other.deny ?? [])])];
  const pairs = allowedBy(one).flatMap((a) => allowedBy(other).flatMap((b) => narrower(a, b)));
  const allow = [...new Set(pairs)].filter((pattern) => admits(one, pattern) && admits(other, pattern));
  if (one.allow === undefined && other.allow === undefined) {
    return { deny: everybody.every((all) => deny.includes(all)) ? [...everybody] : deny };
  }
  // None in common: nobody.
  if (allow.length === 0) return { deny: [...everybody] };
  return { allow, ...(deny.length === 0 ? {} : { deny }) };
}

function isOpen({ allow, deny }: AccessDraft): boolean {
  return allow === undefined && deny === undefined;
}

function allowedBy({ allow }: AccessDraft): readonly string[] {
  return allow ?? everybody;
}

/** What two patterns have in common; a name and a network have nothing that could be said. */
function narrower(a: string, b: string): string[] {
  if (isWider(a, b)) return [b];
  return isWider(b, a) ? [a] : [];
}

function isWider(wide: string, narrow: string): boolean {
  return covers(wide, narrow) || (everybody.includes(wide) && isName(narrow));
}

/** Whether the best match for all of a pattern is one that lets in. */
function admits({ allow, deny = [] }: AccessDraft, pattern: string): boolean {
  const best = (patterns: readonly string[]): number =>
    Math.max(-1, ...patterns.filter((wide) => isWider(wide, pattern)).map((wide) => closeness(wide)));
  const denied = best(deny);
  if (allow === undefined) return denied === -1;
  return best(allow) > denied;
}

/** As our `access` has it. */
function closeness(pattern: string): number {
  if (everybody.includes(pattern)) return 0;
  if (isName(pattern)) return pattern.startsWith('*.') ? 0.5 : 128;
  const [host = '', prefix] = pattern.split('/');
  return prefix === undefined ? 128 : Number(prefix) + (host.includes(':') ? 0 : 96);
}
