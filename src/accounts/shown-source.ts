import { formatSource, parseSource } from '../wire/source.ts';

/** The source that is banned with an address, as people write it; what is no address stays as it is. */
export function shownSource(address: string): string {
  const source = parseSource(address);
  return source === null ? address : formatSource(source);
}
