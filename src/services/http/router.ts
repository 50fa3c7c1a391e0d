export interface Routed<Entry> {
  readonly entry: Entry;
  /** What of the path lies below the prefix, without a slash at its beginning. */
  readonly rest: string;
}

export interface Router<Entry> {
  /** The entry of the longest prefix; 'slash': only the path with a slash behind it is anything; null: nothing is here. */
  find(path: string): Routed<Entry> | 'slash' | null;
}

/** "/a/" is for what begins with it, "/a" for itself and for what lies below it. */
export function createRouter<Entry>(routes: ReadonlyMap<string, Entry>): Router<Entry> {
  const byLength = [...routes].sort(([a], [b]) => b.length - a.length);
  return {
    find(path) {
      // A prefix with a slash at its end is more than what is asked for, and says more about it than any shorter one.
      if (!path.endsWith('/') && !routes.has(path) && routes.has(`${path}/`)) return 'slash';
      for (const [prefix, entry] of byLength) {
        if (!path.startsWith(prefix)) continue;
        if (path.length === prefix.length) return { entry, rest: '' };
        if (prefix.endsWith('/')) return { entry, rest: path.slice(prefix.length) };
        if (path[prefix.length] === '/') return { entry, rest: path.slice(prefix.length + 1) };
      }
      return null;
    },
  };
}
