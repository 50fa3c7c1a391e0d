import { setImmediate as turn } from 'node:timers/promises';

import type { Listing } from './list-options.ts';
import { delimiter, inbox, matchesPattern, parentsOf } from './mailbox-name.ts';
import { decodeUtf7 } from './modified-utf7.ts';
import { specialUseOf } from './special-use.ts';
import { statusOf } from './status.ts';
import { done, showName, type Answer, type Visit } from './talk.ts';

// Others have their turn meanwhile.
const namesAtOnce = 100;
const maxPatternBytes = 2_048;

/** RFC 9051 6.3.9; RFC 3501 6.3.9 (LSUB). */
export async function listMailboxes(visit: Visit, listing: Listing, word: 'LIST' | 'LSUB'): Promise<Answer> {
  const { out, store } = visit;
  const { reference, patterns, select, returns, status } = listing;
  if (word === 'LIST' && select.length === 0 && patterns.join('') === '') {
    // RFC 9051 6.3.9: what separates names, and where they begin.
    out.text(`* LIST (\\Noselect) "${delimiter}" ""\r\n`);
    return done;
  }
  const wanted = patterns.flatMap((pattern) => patternOf(visit, reference + pattern) ?? []);
  if (wanted.join('').length > maxPatternBytes) return 'NO [LIMIT] The patterns are too long';
  const names = new Set(await store.names());
  const subscribed = await store.subscriptions();
  const isSubscribedOnly = word === 'LSUB' || select.includes('SUBSCRIBED');
  const withParents = word === 'LSUB' || select.includes('RECURSIVEMATCH') || !isSubscribedOnly;
  const candidates = candidatesOf(isSubscribedOnly ? subscribed : names, withParents);
  const parents = new Set([...names].flatMap(parentsOf));
  let count = 0;
  for (const [name, isItself] of candidates) {
    if ((count += 1) % namesAtOnce === 0) await turn();
    if (!wanted.some((pattern) => matchesPattern(name, pattern))) continue;
    const use = specialUseOf(name, names);
    if (select.includes('SPECIAL-USE') && use === null) continue;
    const exists = names.has(name);
    // RFC 3501 6.3.9: a parent is told of when what is below it would not be.
    if (word === 'LSUB' && !isItself && wanted.every((pattern) => !pattern.endsWith('%'))) continue;
    const hidden = word === 'LSUB' ? !isItself : !exists;
    const attributes = [
      ...(hidden ? (word === 'LSUB' ? ['\\Noselect'] : ['\\NonExistent', '\\Noselect']) : []),
      ...(word === 'LIST' ? [parents.has(name) ? '\\HasChildren' : '\\HasNoChildren'] : []),
      ...(use === null || word === 'LSUB' ? [] : [use]),
      ...((select.includes('SUBSCRIBED') || returns.includes('SUBSCRIBED')) && subscribed.has(name)
        ? ['\\Subscribed']
        : []),
    ];
    // RFC 5258 3.5: it is here for what is below it.
    const below = select.includes('RECURSIVEMATCH') && isParentOf(name, subscribed);
    if (!isItself && select.includes('RECURSIVEMATCH') && !below) continue;
    const extended = below ? ' ("CHILDINFO" ("SUBSCRIBED"))' : '';
    out.text(`* ${word} (${attributes.join(' ')}) "${delimiter}" ${showName(visit, name)}${extended}\r\n`);
    if (status !== null && exists) {
      const shown = await statusOf(visit, name, status);
      if (shown !== null) out.text(shown);
    }
    if (!(await out.ready())) return null;
  }
  return done;
}

/** With what they are below of, if that is wanted; true: it is one of them itself. */
function candidatesOf(names: ReadonlySet<string>, withParents: boolean): ReadonlyMap<string, boolean> {
  const all = new Map<string, boolean>();
  for (const name of names) {
    if (withParents) for (const parent of parentsOf(name)) all.set(parent, names.has(parent));
    all.set(name, true);
  }
  const first = all.has(inbox) ? [inbox] : [];
  const rest = [...all.keys()].filter((name) => name !== inbox).sort();
  return new Map([...first, ...rest].map((name) => [name, all.get(name) === true]));
}

function isParentOf(name: string, names: ReadonlySet<string>): boolean {
  return [...names].some((each) => each.startsWith(`${name}${delimiter}`));
}

/** null: nothing can match. */
function patternOf({ isRev2 }: Visit, text: string): string | null {
  const pattern = isRev2 ? text.normalize('NFC') : decodeUtf7(text);
  return pattern?.replace(/^inbox(?=$|[.*%])/i, inbox) ?? null;
}
