import { findConflicts, type Claim } from '../config/addresses.ts';
import { account } from '../config/frame.ts';
import { OptionError, parseAddress } from '../contract/options.ts';
import type { AddressPlan } from '../contract/plan.ts';
import { isDraft, type Draft, type ListenDraft, type Unconverted } from './draft.ts';
import type { Machine } from './machine.ts';
import { leaveToRoot } from './rights.ts';

/**
 * Makes drafts what `portico check` takes: each has a name of its own, and what names something that is not there, or wants
 * an address that another one has, is written down but not enabled.
 */
export function finish(entries: readonly (Draft | Unconverted)[], machine: Machine): readonly (Draft | Unconverted)[] {
  const drafts = entries.filter(isDraft);
  nameEach(drafts);
  for (const draft of drafts) {
    nameNumbers(draft, machine);
    leaveToRoot(draft, machine);
    checkIdentity(draft, machine);
    checkListen(draft);
  }
  checkConflicts(drafts);
  return entries;
}

function nameEach(drafts: readonly Draft[]): void {
  const taken = new Set<string>();
  // What is served has the better right to its name than what is switched off.
  for (const draft of drafts.toSorted((a, b) => Number(b.isEnabled) - Number(a.isEnabled))) {
    const base = sanitize(draft.name);
    const twin = draft.listen[0]?.address.startsWith('udp:') === true ? 'udp' : 'tcp';
    const candidates = [base, `${base}-${twin}`];
    for (let number = 2; candidates.every((name) => taken.has(name)); number++) candidates.push(`${base}-${number}`);
    draft.name = candidates.find((name) => !taken.has(name)) ?? base;
    taken.add(draft.name);
  }
}

function sanitize(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  // Room for what tells namesakes apart.
  return plain.slice(0, 56) || 'service';
}

/** Others take numbers for users and groups, we take names. */
function nameNumbers(draft: Draft, machine: Machine): void {
  const { user, group } = draft;
  if (user !== null && isNumber(user)) draft.user = machine.nameOfUser(Number(user)) ?? user;
  if (group !== null && isNumber(group)) draft.group = machine.nameOfGroup(Number(group)) ?? group;
}

function isNumber(name: string): boolean {
  return /^\d{1,10}$/.test(name);
}

function checkIdentity(draft: Draft, machine: Machine): void {
  const { user, group, hasMainGroupOnly } = draft;
  const missing = (kind: 'user' | 'group', name: string): void => {
    draft[kind] = null;
    draft.isEnabled = false;
    // What goes with the user has no place without one, and comes back with it.
    const rest =
      kind === 'group' ? [] : [group === null ? '' : `group: ${group}`, hasMainGroupOnly ? 'groups: primary' : ''];
    const wanted = isNumber(name) ? `${kind}: NAME` : `${kind}: ${name}`;
    const needed = [wanted, ...rest].filter((each) => each !== '').map((each) => `"${each}"`);
    const reason = isNumber(name) ? `no ${kind} here has the number ${name}` : `there is no ${kind} "${name}" here`;
    draft.remarks.push(`${reason}: not enabled; it needs ${needed.join(', ')}`);
  };
  if (user !== null && !(account.safeParse(user).success && machine.hasUser(user))) missing('user', user);
  if (group !== null && !(account.safeParse(group).success && machine.hasGroup(group))) missing('group', group);
  // Ours takes a group only beside a user.
  if (draft.user === null) draft.group = null;
}

function checkListen(draft: Draft): void {
  draft.listen = draft.listen.filter((listen) => {
    try {
      parseAddress(listen.address);
      return true;
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      draft.remarks.push(`cannot listen there: ${error.message}`);
      return false;
    }
  });
  if (draft.listen.length > 0 || !draft.isEnabled) return;
  draft.isEnabled = false;
  draft.remarks.push('not enabled: it has no address to listen on');
}

function checkConflicts(drafts: readonly Draft[]): void {
  const claimsOf = (draft: Draft): Claim<Draft>[] =>
    draft.listen.map(({ address }: ListenDraft) => ({ address: parseAddress(address), owner: draft }));
  const kept: Claim<Draft>[] = [];
  for (const draft of drafts.filter(({ isEnabled }) => isEnabled)) {
    const own = claimsOf(draft);
    const conflict = findConflicts([...kept, ...own])[0];
    if (conflict === undefined) {
      kept.push(...own);
      continue;
    }
    draft.isEnabled = false;
    draft.remarks.push(`not enabled: ${describe(conflict.first, conflict.second.address, draft)}`);
  }
}

function describe({ owner, address }: Claim<Draft>, wanted: AddressPlan, draft: Draft): string {
  const whose = owner === draft ? 'it has two addresses that are one' : `"${owner.name}" has its address`;
  return `${whose} (${address.text === wanted.text ? wanted.text : `${address.text}, ${wanted.text}`})`;
}
