import type { Entry, EntryKind } from '../../contract/tree.ts';
import { printable } from '../../wire/printable.ts';

const letters: Readonly<Record<EntryKind, string>> = { file: '-', folder: 'd', link: 'l', other: 'p' };
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const halfYearMs = 15_778_476_000;

/** An entry as `ls -l` shows it (section 7 of the draft): what programs print, and some old ones read. */
export function longName(entry: Entry, now: number): string {
  const { kind, mode, links, uid, gid, size, modified, name } = entry;
  const bits = [6, 3, 0].map((shift) => permissionsOf((mode >> shift) & 7)).join('');
  const columns = [String(links).padStart(3), String(uid).padEnd(8), String(gid).padEnd(8), String(size).padStart(8)];
  return `${letters[kind]}${bits} ${columns.join(' ')} ${dateOf(modified, now)} ${printable(name)}`;
}

function permissionsOf(bits: number): string {
  return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
}

function dateOf(time: number, now: number): string {
  const date = new Date(time);
  const day = `${months[date.getUTCMonth()] ?? 'Jan'} ${String(date.getUTCDate()).padStart(2)}`;
  const isRecent = time <= now && time > now - halfYearMs;
  return `${day} ${isRecent ? date.toISOString().slice(11, 16) : String(date.getUTCFullYear()).padStart(5)}`;
}
