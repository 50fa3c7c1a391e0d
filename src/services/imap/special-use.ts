// What mailboxes are for (RFC 6154), by the names that mail programs give them.

const namesOf: Readonly<Record<string, readonly string[]>> = {
  '\\Drafts': ['drafts', 'draft'],
  '\\Sent': ['sent', 'sent messages', 'sent items', 'sent mail'],
  '\\Junk': ['junk', 'spam', 'junk e-mail'],
  '\\Trash': ['trash', 'deleted messages', 'deleted items'],
  '\\Archive': ['archive', 'archives'],
};

/** null: for nothing special. Of several that might be for the same, the one whose name comes first here is. */
export function specialUseOf(name: string, names: ReadonlySet<string>): string | null {
  const [use, among] = Object.entries(namesOf).find(([, words]) => words.includes(name.toLowerCase())) ?? [];
  if (use === undefined || among === undefined || !names.has(name)) return null;
  const first = among.flatMap((word) => [...names].filter((each) => each.toLowerCase() === word).sort())[0];
  return first === name ? use : null;
}
