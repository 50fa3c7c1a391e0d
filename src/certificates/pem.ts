/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** "CERTIFICATE", "PRIVATE KEY", … */
  readonly label: string;
  /** From its first dash to its last, with a newline. */
  readonly text: string;
}

const begin = '-----BEGIN ';
const dashes = '-----';

/** The blocks of a text, without what stands between them; one that does not end, and what follows it, is left out. */
export function readPemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
    const labelEnd = text.indexOf(dashes, at + begin.length);
    const label = text.slice(at + begin.length, labelEnd);
    if (labelEnd < 0) break;
    at += begin.length;
    if (!/^[A-Z0-9 ]{1,40}$/.test(label)) continue;
    const ending = `-----END ${label}-----`;
    const end = text.indexOf(ending, labelEnd);
    // Not searched on: a text of nothing but beginnings would be gone through once for each.
    if (end < 0) break;
    blocks.push({ label, text: `${text.slice(at - begin.length, end + ending.length)}\n` });
    at = end + ending.length;
  }
  return blocks;
}

export function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`${begin}${label}${dashes}`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
