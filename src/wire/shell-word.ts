/** One word for a shell, whatever is in it (POSIX.1-2017, Shell Command Language, 2.2.2). */
export function inQuotes(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same, without quotes where none are needed. */
export function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : inQuotes(text);
}
