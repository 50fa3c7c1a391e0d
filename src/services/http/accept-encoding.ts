export type Encoding = 'br' | 'zstd' | 'gzip';

/** Those of `offered` that a peer takes (RFC 9110 12.5.3), the one it likes best first; of equals, as offered. */
export function chooseEncodings(header: string | undefined, offered: readonly Encoding[]): readonly Encoding[] {
  if (header === undefined || header === '') return [];
  const weights = parseWeights(header);
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  return offered
    .map((encoding) => ({ encoding, weight: Math.max(weightOf(encoding), encoding === 'gzip' ? oldGzip(weights) : 0) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ encoding }) => encoding);
}

/** RFC 9110 8.4.1.3: "x-gzip" means the same. */
function oldGzip(weights: ReadonlyMap<string, number>): number {
  return weights.get('x-gzip') ?? 0;
}

const maxItems = 32;

function parseWeights(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.split(',', maxItems)) {
    const [, name, q] = /^\s*([\w*-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i.exec(item) ?? [];
    if (name !== undefined) weights.set(name.toLowerCase(), q === undefined ? 1 : Math.min(1, Number(q)));
  }
  return weights;
}
