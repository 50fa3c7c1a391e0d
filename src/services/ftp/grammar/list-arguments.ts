/** What stands behind LIST, NLST and STAT: a path, and in front of it what the program `ls` would take. */
export interface ListArguments {
  readonly path: string | null;
  /** "-d": the folder itself, not what is in it. */
  readonly isEntryWanted: boolean;
}

/**
 * RFC 959 knows no options, but programs send them: "-a", "-la path", "-a -l", "-- path". What they ask for is what is sent anyway, or
 * is left out. A path that begins with "-" can be written as "./-x".
 */
export function parseListArguments(text: string): ListArguments {
  let rest = text.trimStart();
  let isEntryWanted = false;
  for (;;) {
    const [whole, letters] = /^-([-A-Za-z0-9]*)(?: +|$)/.exec(rest) ?? [];
    if (whole === undefined) break;
    rest = rest.slice(whole.length);
    if (letters === '-') break;
    isEntryWanted ||= letters?.includes('d') === true;
  }
  return { path: rest === '' ? null : rest, isEntryWanted };
}
