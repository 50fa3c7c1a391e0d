import { setImmediate as turn } from 'node:timers/promises';

import { createMatcher } from './match-message.ts';
import { quoted } from './nstring.ts';
import type { Search, SearchReturn } from './search-keys.ts';
import { formatSet, normalizeSet } from './sequence-set.ts';
import { done, type Answer, type Visit } from './talk.ts';
import type { View } from './view.ts';

export interface SearchMessages {
  readonly search: Search;
  readonly isUid: boolean;
  readonly tag: string;
}

// Others have their turn meanwhile.
const messagesAtOnce = 1_000;

/** RFC 9051 6.4.4. */
export async function searchMessages(visit: Visit, view: View, asked: SearchMessages): Promise<Answer> {
  const { search, isUid, tag } = asked;
  const found = await find(visit, view, search);
  if (found === null) return null;
  if (search.returns?.includes('SAVE') === true) view.saved = found;
  const numbers = isUid ? found : found.map((uid) => numberOf(view, uid));
  // RFC 9051 7.3: without SEARCH in the old way for who speaks IMAP4rev2.
  const returns = search.returns ?? (visit.isRev2 ? (['ALL'] as const) : null);
  if (returns === null) visit.out.text(`* SEARCH${numbers.map((number) => ` ${number}`).join('')}\r\n`);
  else if (!returns.every((each) => each === 'SAVE')) {
    visit.out.text(`* ESEARCH (TAG ${quoted(tag)})${isUid ? ' UID' : ''}${showReturns(numbers, returns)}\r\n`);
  }
  return done;
}

/** UIDs; null: the peer is gone. */
async function find({ session }: Visit, view: View, { key }: Search): Promise<number[] | null> {
  const { messages } = view;
  const largest = { numbers: messages.length, uids: messages.at(-1)?.uid ?? 0 };
  const matcher = createMatcher(view, key, ({ key: kind, set }) =>
    set === '$'
      ? normalizeSet(
          view.saved.map((uid) => ({ from: uid, to: uid })),
          0,
        )
      : normalizeSet(set, largest[kind]),
  );
  const found: number[] = [];
  for (const [index, message] of messages.entries()) {
    if (index % messagesAtOnce === 0) await turn();
    if (session.signal.aborted || session.stream.destroyed) return null;
    if (await matcher.matches(message)) found.push(message.uid);
  }
  return found;
}

function numberOf(view: View, uid: number): number {
  const [message] = view.resolve([{ from: uid, to: uid }], true);
  return message === undefined ? 0 : view.sequenceOf(message);
}

function showReturns(numbers: readonly number[], returns: readonly SearchReturn[]): string {
  const parts: string[] = [];
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (returns.includes('MIN') && first !== undefined) parts.push(`MIN ${first}`);
  if (returns.includes('MAX') && last !== undefined) parts.push(`MAX ${last}`);
  if (returns.includes('ALL') && first !== undefined) parts.push(`ALL ${formatSet(numbers)}`);
  if (returns.includes('COUNT')) parts.push(`COUNT ${numbers.length}`);
  return parts.map((part) => ` ${part}`).join('');
}
