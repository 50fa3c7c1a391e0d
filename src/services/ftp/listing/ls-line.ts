import type { Entry } from '../../../contract/tree.ts';

/** As `ls -l` writes it, which is what every program reads. Times are UTC. `now`: milliseconds since 1970. */
export function lsLine(entry: Entry, now: number): string {
  const links = String(entry.links).padStart(3);
  const size = String(entry.size).padStart(12);
  return `${kindLetter[entry.kind]}${modeLetters(entry.mode)} ${links} ftp      ftp      ${size} ${lsDate(entry.modified, now)} ${lineSafe(entry.name)}`;
}

const kindLetter = { file: '-', folder: 'd', link: 'l', other: '?' } as const;

function modeLetters(mode: number): string {
  let letters = '';
  for (let bit = 8; bit >= 0; bit -= 1) letters += (mode >> bit) & 1 ? 'xwr'[bit % 3] : '-';
  return letters;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const halfYearMs = 15_778_476_000;
const dayMs = 86_400_000;

/** "Jan  2 03:04", or "Jan  2  2020" for what is older than half a year or not yet to come. */
function lsDate(milliseconds: number, now: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return 'Jan  1  1970';
  const day = `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const isRecent = milliseconds > now - halfYearMs && milliseconds < now + dayMs;
  if (!isRecent) return `${day} ${String(Math.min(date.getUTCFullYear(), 9999)).padStart(5)}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

// What ends a line, or a text.
const endings = /[\0\r\n]/g;

/** A name that has to stay in one line: files made by others than peers may have any. */
export function lineSafe(name: string): string {
  return name.replaceAll(endings, '?');
}
