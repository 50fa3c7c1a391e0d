/** What somebody wants to know (RFC 1288 2.3). */
export interface Query {
  /** "" for everybody. */
  readonly name: string;
  readonly isVerbose: boolean;
  /** Somebody on another host is asked for ({Q2}). */
  readonly isForward: boolean;
}

/** RFC 1288 2.3: `[/W] [NAME] [@HOST]…`. */
export function parseQuery(line: string): Query {
  const [, verbose, rest = ''] = /^\s*(\/W(?=\s|@|$))?\s*(.*?)\s*$/i.exec(line) ?? [];
  return { name: rest, isVerbose: verbose !== undefined, isForward: rest.includes('@') };
}

/** Names of people are names of files. */
export function isPersonName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/.test(name);
}
