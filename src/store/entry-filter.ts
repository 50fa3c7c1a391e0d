import type { JournalEntry } from '../contract/journal.ts';
import type { JournalQuery } from '../contract/store.ts';
import { endOf, escapeField, parseBlock } from '../wire/journal-block.ts';
import { plainAddress, sourceOf } from '../wire/source.ts';

/** The entries of a block that are asked for. */
export function createEntryFilter(query: JournalQuery): (text: string) => JournalEntry[] {
  const { since, until = Number.POSITIVE_INFINITY, service, account, peer } = query;
  const isWanted = (entry: JournalEntry): boolean => {
    const end = endOf(entry);
    if (end < since || end >= until) return false;
    if (service !== undefined && entry.service !== service) return false;
    if (account !== undefined && entry.account !== account) return false;
    return peer === undefined || isPeer(entry.peer, peer);
  };
  const words = wordsOf(query);
  // Looking for a text costs a hundredth of taking the block apart.
  return (text) => (words.every((word) => text.includes(word)) ? parseBlock(text).entries.filter(isWanted) : []);
}

/** What stands in a block in any case, when one of its entries is wanted. */
function wordsOf({ service, account, peer }: JournalQuery): string[] {
  const fields = [service, account].filter((field) => field !== undefined).map((field) => `|${escapeField(field)}|`);
  return peer === undefined || peer.endsWith('/64') ? fields : [...fields, escapeField(peer)];
}

/** "[::1]:80" is a peer of "[::1]:80", of "::1" and of the network of "::1". */
function isPeer(entry: string, peer: string): boolean {
  if (entry === peer) return true;
  const address = plainAddress(entry.slice(0, entry.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1'));
  return address === peer || (peer.endsWith('/64') && sourceOf(address) === peer);
}
