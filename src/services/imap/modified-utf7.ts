// Names of mailboxes as IMAP4rev1 writes them (RFC 3501 5.1.3): "&" and base64 of UTF-16 for all that is not visible ASCII.

export function encodeUtf7(name: string): string {
  return name.replaceAll(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === '&') return '&-';
    const bytes = Buffer.from(part, 'utf16le').swap16();
    return `&${bytes.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/** null: it is not written like that, or not in the one way there is. */
export function decodeUtf7(name: string): string | null {
  if (/[^\x20-\x7e]/.test(name)) return null;
  const decoded = name.replaceAll(/&([A-Za-z0-9+,]*)-/g, (_, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return bytes
      .subarray(0, bytes.length - (bytes.length % 2))
      .swap16()
      .toString('utf16le');
  });
  return encodeUtf7(decoded) === name && decoded.isWellFormed() ? decoded : null;
}
