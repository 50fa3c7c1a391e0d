import type { AccessDraft } from './draft.ts';
import { covers, everybody, isName } from './networks.ts';

/** One of a list of rules of which the first that matches decides. */
export interface OrderedRule {
  readonly pattern: string;
  readonly isAllowed: boolean;
}

export interface Translated {
  readonly access: AccessDraft;
  readonly remarks: readonly string[];
}

/**
 * Rules of which the first match decides, as rules of which the best match decides. Who matches none is let in. Where that
 * cannot be said, fewer are let in than before, and a remark tells.
 */
export function translateFirstMatch(rules: readonly OrderedRule[]): Translated {
  const kept: OrderedRule[] = [];
  const remarks: string[] = [];
  for (const rule of rules) {
    if (isDecided(rule.pattern, kept)) continue;
    const rival = kept.find(
      (earlier) => earlier.isAllowed !== rule.isAllowed && mayLose(earlier.pattern, rule.pattern),
    );
    if (rival !== undefined) {
      const which = rule.isAllowed ? `"${rule.pattern}" is not let in any more` : `"${rival.pattern}" may be refused`;
      remarks.push(`the order of "${rival.pattern}" and "${rule.pattern}" cannot be kept, so ${which}`);
      if (rule.isAllowed) continue;
    }
    kept.push(rule);
  }
  return { access: toAccess(kept), remarks };
}

function isDecided(pattern: string, kept: readonly OrderedRule[]): boolean {
  if (kept.some((earlier) => covers(earlier.pattern, pattern))) return true;
  return everybody.every((all) => kept.some((earlier) => earlier.pattern === all));
}

/** Whether for somebody who matches both, our rules would choose the later one. */
function mayLose(earlier: string, later: string): boolean {
  if (isEverybody(later)) return false;
  if (!isName(earlier)) return isName(later) && (isEverybody(earlier) || !later.startsWith('*.'));
  if (!isName(later)) return earlier.startsWith('*.') || !later.includes('/');
  return earlier.startsWith('*.') && later.startsWith('*.') && covers(later, earlier);
}

function toAccess(rules: readonly OrderedRule[]): AccessDraft {
  const patterns = (isAllowed: boolean): string[] =>
    rules.filter((rule) => rule.isAllowed === isAllowed).map(({ pattern }) => pattern);
  const [allow, deny] = [patterns(true), patterns(false)];
  if (deny.length === 0) return {};
  const refused = everybody.filter((all) => deny.includes(all));
  // With a list of those who may come, all others may not, which is what "ALL" among the refused says too.
  if (allow.length > 0 && refused.length === everybody.length) {
    const rest = deny.filter((pattern) => !isEverybody(pattern));
    return { allow, ...(rest.length === 0 ? {} : { deny: rest }) };
  }
  const isException = (pattern: string): boolean => isName(pattern) || deny.some((wide) => covers(wide, pattern));
  if (!allow.some(isException)) return { deny };
  const others = everybody.filter((all) => !deny.includes(all) && !allow.includes(all));
  return { allow: [...allow, ...others], deny };
}

function isEverybody(pattern: string): boolean {
  return everybody.includes(pattern);
}
