/** Things that are sent: what is in them follows from their id, so that nothing has to be kept to compare them. */

export function itemKind(kind: string, number: number): string {
  return `item-${kind}-${number}`;
}

/** Lines that end with LF, from some 100 bytes to 5 KB. */
export function bodyOf(id: string): string {
  const number = Number(id.slice(id.lastIndexOf('-') + 1));
  const lines = 2 + ((number * 7_919) % 60);
  const filler = (line: number): string => 'x'.repeat((number * 31 + line * 17) % 70);
  const middle = Array.from({ length: lines }, (_, line) => `${id} line ${line} ${filler(line)}\n`);
  return [`${id} begin\n`, ...middle, `${id} end\n`].join('');
}

/** The item that a text holds whole; `broken` when it holds but a part of one; null when none. */
export function findItem(text: string): { readonly id: string; readonly isWhole: boolean } | null {
  const [, id] = /\b(item-[a-z]+-\d+) begin\r?\n/.exec(text) ?? [];
  return id === undefined ? null : { id, isWhole: text.replaceAll('\r\n', '\n').includes(bodyOf(id)) };
}
