import { decodeUtf7, encodeUtf7 } from './modified-utf7.ts';

// A mailbox is called by words with a dot between; in the Maildir it is the folder ".Word.Word" (Maildir++), written as
// IMAP4rev1 writes it, which is ASCII.

export const delimiter = '.';
export const inbox = 'INBOX';

// The folder's name has to fit a file system.
const maxFolderBytes = 240;
const maxDepth = 20;

/** From a peer. `isUtf8`: it has enabled IMAP4rev2 (RFC 9051 5.1). null: there can be no such mailbox. */
export function parseMailboxName(text: string, isUtf8: boolean): string | null {
  const decoded = isUtf8 ? text.normalize('NFC') : decodeUtf7(text);
  return decoded === null ? null : checkedName(decoded);
}

/** For a peer. */
export function showMailboxName(name: string, isUtf8: boolean): string {
  return isUtf8 ? name : encodeUtf7(name);
}

/** Where it is below the Maildir; "" is the INBOX. */
export function folderOf(name: string): string {
  return name === inbox ? '' : `.${encodeUtf7(name)}`;
}

/** null: no mailbox of ours has such a folder. */
export function nameOfFolder(folder: string): string | null {
  const name = folder.startsWith('.') ? decodeUtf7(folder.slice(1)) : null;
  return name !== null && checkedName(name) === name && name !== inbox ? name : null;
}

function checkedName(name: string): string | null {
  const words = name.split(delimiter);
  const isFit = words.every((word) => word !== '' && !/[/\p{Cc}\u2028\u2029]/u.test(word) && word.isWellFormed());
  if (!isFit || words.length > maxDepth || folderOf(name).length > maxFolderBytes) return null;
  // RFC 9051 5.1: in whatever case. Below it there may be others.
  if (words[0]?.toUpperCase() === inbox) words[0] = inbox;
  return words.join(delimiter);
}

/** The mailboxes that this one is below of: "A.B.C" gives "A", "A.B". */
export function parentsOf(name: string): string[] {
  const words = name.split(delimiter);
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(delimiter));
}

/** RFC 9051 6.3.9: "*" is anything, "%" anything but the delimiter. Takes no longer than the product of the lengths. */
export function matchesPattern(name: string, pattern: string): boolean {
  let reached = new Set([0]);
  for (const character of pattern.replaceAll(/[*%]*\*[*%]*/g, '*').replaceAll(/%+/g, '%')) {
    const next = new Set<number>();
    for (const at of reached) {
      if (character !== '*' && character !== '%') {
        if (name[at] === character) next.add(at + 1);
        continue;
      }
      for (let end = at; !next.has(end); end += 1) {
        next.add(end);
        if (end >= name.length || (character === '%' && name[end] === delimiter)) break;
      }
    }
    reached = next;
  }
  return reached.has(name.length);
}
