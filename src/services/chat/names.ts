// What nicknames and rooms may be called. Names come from peers and are shown to all others.

export const nameRule = 'a name is 1 to 32 letters, digits, "_" or "-"';

/** The name in its composed form (NFC), or null when it is none. */
export function readName(text: string): string | null {
  const name = text.normalize('NFC').trim();
  return pattern.test(name) ? name : null;
}

// Marks belong to the letters of many scripts, but a leading one would change the "<" before the name. Some letters and
// marks (fillers, joiners, variation selectors) show nothing at all: with them two names could look the same.
const pattern = /^(?!\p{M})(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}_-]{1,32}$/u;

/** Names with the same folded form are the same name. Upper case first, so that ß is ss and all sigmas are one. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
