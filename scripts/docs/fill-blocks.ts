/** Texts by the name of the block that they fill. */
export type Blocks = Readonly<Record<string, string>>;

/** Puts each text between its marks. Throws where a page lacks a block, or has one that nobody fills. */
export function fillBlocks(page: string, blocks: Blocks, path: string): string {
  const missing = new Set(Object.keys(blocks));
  const filled = page.replace(block, (_whole, name: string) => {
    const text = blocks[name];
    if (text === undefined) throw new Error(`${path}: nothing fills the block "${name}"`);
    missing.delete(name);
    return `<!-- generated: ${name} -->\n${text.trimEnd()}\n<!-- /generated -->`;
  });
  if (missing.size > 0) throw new Error(`${path}: there is no block "${[...missing].join('", "')}"`);
  return filled;
}

const block = /<!-- generated: ([\w./-]+) -->\n[^]*?<!-- \/generated -->/g;
