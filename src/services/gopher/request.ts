/** What a peer asks for (RFC 1436 2, and what Gopher+ has behind it). */
export interface GopherRequest {
  /** Begins with a slash, but for "URL:…". */
  readonly selector: string;
  /** What was typed into a search; null: nothing. */
  readonly query: string | null;
}

// RFC 1436 3.9: a selector has at most 255 characters. Behind it is what somebody has typed.
export const maxSelectorLength = 255;
export const maxLineBytes = 1_024;

/** null: the selector is too long. */
export function parseRequest(line: string): GopherRequest | null {
  const [path = '', second, third] = line.split('\t');
  if (path.length > maxSelectorLength) return null;
  // Gopher+: "+", "!" and "$" ask for more than there is; what there is does as well.
  const query = second === undefined || (third === undefined && /^[+!$]/.test(second)) ? null : second;
  return { selector: path.startsWith('/') || path.startsWith('URL:') ? path : `/${path}`, query };
}
