// Flags of a message, and the letters by which the name of its file tells them (cr.yp.to/proto/maildir.html).

/** As peers write them. */
export const flagNames = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft', '$Forwarded'] as const;

const letterOf: Readonly<Record<string, string>> = {
  '\\answered': 'R',
  '\\flagged': 'F',
  '\\deleted': 'T',
  '\\seen': 'S',
  '\\draft': 'D',
  $forwarded: 'P',
};

/** The letters of those that can be kept; others are passed over, as PERMANENTFLAGS has told. */
export function lettersOf(flags: readonly string[]): string {
  const letters = flags.map((flag) =>
    Object.hasOwn(letterOf, flag.toLowerCase()) ? letterOf[flag.toLowerCase()] : '',
  );
  return [...new Set(letters.filter((letter) => letter !== undefined))].sort().join('');
}

export function namesOf(letters: string): string[] {
  return flagNames.filter((name) => letters.includes(letterOf[name.toLowerCase()] ?? '?'));
}

export type FlagChange = 'replace' | 'add' | 'remove';

const kept = new Set(Object.values(letterOf));

/** Letters that are none of ours stay, whatever is changed. */
export function changeLetters(before: string, change: FlagChange, letters: string): string {
  const all = new Set(before);
  if (change === 'replace') for (const letter of before) if (kept.has(letter)) all.delete(letter);
  for (const letter of letters) {
    if (change === 'remove') all.delete(letter);
    else all.add(letter);
  }
  return [...all].sort().join('');
}

/** The letters in the name of a file. */
export function lettersIn(name: string): string {
  const [, letters = ''] = /:2,([^:]*)$/.exec(name) ?? [];
  return letters;
}
