import type { ServiceContext } from '../../contract/service.ts';
import type { GopherItem } from './item.ts';

/** A search of the operator's own: what it finds, as items of a menu or as text. */
export type Search = (
  query: string,
  context: { readonly selector: string; readonly signal: AbortSignal },
) => Promise<string | readonly GopherItem[]> | string | readonly GopherItem[];

export interface Searches {
  at(selector: string): Search | undefined;
  /** For the menu of the root. */
  readonly items: readonly GopherItem[];
}

/** Loads the modules. Throws an Error that says what is wrong with one. */
export async function loadSearches(
  modules: Readonly<Record<string, string>>,
  { loadModule }: Pick<ServiceContext, 'loadModule'>,
): Promise<Searches> {
  const searches = new Map<string, Search>();
  const items: GopherItem[] = [];
  for (const [selector, path] of Object.entries(modules)) {
    const { default: search, title } = await loadModule(path);
    if (typeof search !== 'function') throw new Error(`${path}: expected a default export that is a function`);
    searches.set(selector, search as Search);
    items.push({ type: '7', name: typeof title === 'string' ? title : selector.slice(1), selector });
  }
  return { at: (selector) => searches.get(selector), items };
}

const maxFound = 1_000;

/** What a module gave, made fit for a menu. Throws an Error where that cannot be done. */
export function checkedItems(found: unknown): GopherItem[] {
  if (!Array.isArray(found)) throw new Error('expected a search to give a text or a list of items');
  return found.slice(0, maxFound).map((item: unknown) => {
    const { type = '0', name, selector, host, port } = (item ?? {}) as Partial<GopherItem>;
    if (typeof type !== 'string' || !/^[!-~]$/.test(type)) throw new Error('expected a type of one character');
    if (typeof name !== 'string') throw new Error('expected an item of a search to have a name');
    if (typeof selector !== 'string' && (selector !== undefined || type !== 'i'))
      throw new Error(`expected the item "${name}" to have a selector`);
    return {
      type,
      name,
      selector: selector ?? '',
      ...(typeof host === 'string' ? { host } : {}),
      ...(Number.isInteger(port) ? { port } : {}),
    };
  });
}
