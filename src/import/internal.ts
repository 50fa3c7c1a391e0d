/** Services that other superservers have in them, and we too. */
const ours: ReadonlySet<string> = new Set(['echo', 'discard', 'chargen', 'daytime', 'time', 'qotd']);

// Names that the services database has for the same.
const aliases: Readonly<Record<string, string>> = {
  sink: 'discard',
  null: 'discard',
  ttytst: 'chargen',
  source: 'chargen',
  timserver: 'time',
  timeserver: 'time',
  quote: 'qotd',
};

/** Our type for an internal service; null for tcpmux, ident and others that we do not have. */
export function internalType(name: string): string | null {
  const type = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  return ours.has(type) ? type : null;
}
