export interface Selection {
  /** Whether a part is looked at. */
  mayHavePart(part: string): boolean;
  hasCase(part: string, name: string): boolean;
  /** Portico and bare Node.js always are, because everything is compared with them. */
  hasSubject(name: string): boolean;
}

/** What `--only` chose: names of parts, of cases (which begin with their part and a hyphen), and all else are daemons. */
export function createSelection(only: readonly string[], parts: readonly string[]): Selection {
  const partOf = (word: string): string | undefined => parts.find((part) => isWithin(word, part));
  const places = only.filter((word) => partOf(word) !== undefined);
  const daemons = only.filter((word) => partOf(word) === undefined);
  return {
    mayHavePart: (part) => places.length === 0 || places.some((word) => partOf(word) === part),
    hasCase: (part, name) => places.length === 0 || places.some((word) => word === part || isWithin(name, word)),
    hasSubject: (name) =>
      daemons.length === 0 || /^(?:portico|bare)/.test(name) || daemons.some((word) => name.startsWith(word)),
  };
}

/** `ftp-retr` is within `ftp-retr` and `ftp`. */
function isWithin(name: string, whole: string): boolean {
  return name === whole || name.startsWith(`${whole}-`);
}
