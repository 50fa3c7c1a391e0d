import type { Permission } from '../../../contract/account.ts';
import type { Entry } from '../../../contract/tree.ts';
import { formatStamp } from '../grammar/stamp.ts';

/** RFC 3659 7.5, and UNIX.mode, which is in use. */
export const factNames = ['type', 'perm', 'size', 'modify', 'unique', 'UNIX.mode'] as const;
export type Fact = (typeof factNames)[number];

export const allFacts: ReadonlySet<Fact> = new Set(factNames);

/** The facts that were asked for, of those there are (RFC 3659 7.9). */
export function chooseFacts(wanted: readonly string[]): ReadonlySet<Fact> {
  const names = new Set(wanted.map((name) => name.trim().toLowerCase()));
  return new Set(factNames.filter((name) => names.has(name.toLowerCase())));
}

/** "type=file;size=1;" */
export function formatFacts(entry: Entry, facts: ReadonlySet<Fact>, permissions: readonly Permission[]): string {
  let line = '';
  if (facts.has('type')) line += `type=${typeOf(entry)};`;
  if (facts.has('perm')) line += `perm=${permOf(entry, permissions)};`;
  // RFC 3659 7.5.7: of folders it says nothing that a peer could use.
  if (facts.has('size') && entry.kind === 'file') line += `size=${entry.size};`;
  if (facts.has('modify')) line += `modify=${formatStamp(entry.modified)};`;
  if (facts.has('unique')) line += `unique=${entry.unique.replaceAll(/[^!-:<-~]/g, '-')};`;
  if (facts.has('UNIX.mode')) line += `UNIX.mode=0${(entry.mode & 0o777).toString(8).padStart(3, '0')};`;
  return line;
}

function typeOf({ kind }: Entry): string {
  const types = { file: 'file', folder: 'dir', link: 'OS.unix=symlink', other: 'OS.unix=special' } as const;
  return types[kind];
}

/** RFC 3659 7.5.5. */
function permOf({ kind }: Entry, permissions: readonly Permission[]): string {
  const may = (permission: Permission): boolean => permissions.includes(permission);
  const letters: readonly (readonly [string, boolean])[] =
    kind === 'folder'
      ? [
          ['c', may('write')],
          ['d', may('delete')],
          ['e', may('list')],
          ['f', may('rename')],
          ['l', may('list')],
          ['m', may('mkdir')],
          ['p', may('delete')],
        ]
      : [
          ['a', may('write')],
          ['d', may('delete')],
          ['f', may('rename')],
          ['r', may('read')],
          ['w', may('write')],
        ];
  return letters.flatMap(([letter, is]) => (is ? [letter] : [])).join('');
}
