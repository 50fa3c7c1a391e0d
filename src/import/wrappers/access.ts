import type { AccessDraft } from '../draft.ts';
import { translateFirstMatch, type OrderedRule } from '../first-match.ts';
import { covers, everybody, networkOfPrefix, readName, readNetwork } from '../networks.ts';
import type { HostsRule, List } from './grammar.ts';

export interface DaemonAccess {
  readonly access: AccessDraft;
  readonly remarks: readonly string[];
  /** Somebody was refused in a way that we do not have: what is served so would be open to more. */
  readonly isLoose: boolean;
}

/** What hosts.allow and then hosts.deny say about a daemon: the first rule that matches decides, and none lets in. */
export function accessOfDaemon(daemon: string, rules: readonly HostsRule[]): DaemonAccess {
  const own = rules.filter(({ daemons }) => hasDaemon(daemons, daemon));
  const remarks: string[] = [];
  let isLoose = false;
  const ordered: OrderedRule[] = [];
  for (const [index, rule] of own.entries()) {
    const place = `${rule.file}:${rule.line}`;
    for (const extra of rule.extras) remarks.push(`${place}: ${extra} is left out`);
    const lost = (word: string): void => {
      remarks.push(`${place}: "${word}" cannot be ${rule.isAllowed ? 'allowed' : 'refused'} by us`);
      // tcpd refused peers with two faces by itself; our names are confirmed ones.
      if (!rule.isAllowed && word !== 'PARANOID') isLoose = true;
    };
    const except = rule.peers.except === null ? [] : patternsOf(rule.peers.except, lost);
    if (rule.peers.except?.except != null) remarks.push(`${place}: the second EXCEPT is left out`);
    // Who is excepted goes on to the later rules.
    for (const pattern of except) ordered.push({ pattern, isAllowed: verdictOf(pattern, own.slice(index + 1)) });
    for (const pattern of patternsOf({ members: rule.peers.members, except: null }, lost))
      ordered.push({ pattern, isAllowed: rule.isAllowed });
  }
  const translated = translateFirstMatch(ordered);
  return { access: translated.access, remarks: [...remarks, ...translated.remarks], isLoose };
}

function hasDaemon(list: List, daemon: string): boolean {
  const isMember = list.members.some((member) => {
    // "in.ftpd@192.0.2.1" is about one of the machine's own addresses.
    const [name = ''] = member.split('@');
    return name.toUpperCase() === 'ALL' || name === daemon;
  });
  return isMember && (list.except === null || !hasDaemon(list.except, daemon));
}

function verdictOf(pattern: string, later: readonly HostsRule[]): boolean {
  for (const { peers, isAllowed } of later) {
    if (patternsOf(peers, () => {}).some((wide) => covers(wide, pattern) || everybody.includes(wide))) return isAllowed;
  }
  return true;
}

function patternsOf(list: List, lost: (word: string) => void): string[] {
  return list.members.flatMap((word) => {
    const patterns = patternsOfWord(word);
    if (patterns === null) lost(word);
    return patterns ?? [];
  });
}

function patternsOfWord(word: string): readonly string[] | null {
  if (word === 'ALL') return everybody;
  // Words of libwrap that say something about the name or the user of a peer; netgroups, files, users, and wildcards.
  if (/^(?:LOCAL|KNOWN|UNKNOWN|PARANOID)$/.test(word) || /[@*?]/.test(word) || word.startsWith('/')) return null;
  const pattern = networkOfPrefix(word) ?? readNetwork(word) ?? (word.includes('/') ? null : readName(word));
  return pattern === null ? null : [pattern];
}
