// RFC 6266 4.1, of which only the file name is of interest here. Untrusted: the name may be anything.

/** The file name in a Content-Disposition header, as Node.js gives it (a character for each byte); null: there is none. */
export function fileNameOf(header: string): string | null {
  let plain: string | null = null;
  for (const [, name = '', quoted, token] of header.slice(0, maxLength).matchAll(parameter)) {
    const value = quoted === undefined ? (token ?? '') : quoted.replaceAll(/\\(.)/gs, '$1');
    // RFC 6266 4.3: the extended one is to be preferred.
    if (name.toLowerCase() === 'filename*') {
      const decoded = decodeExtended(value);
      if (decoded !== null) return decoded;
    } else if (name.toLowerCase() === 'filename') plain ??= decodeUtf8(value);
  }
  return plain;
}

const maxLength = 4096;

// Each alternative begins with another character, so that no header takes long.
const parameter = /;[ \t]*([A-Za-z0-9_-]+\*?)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gs;

/** RFC 8187 3.2: UTF-8'en'%e2%82%ac. */
function decodeExtended(value: string): string | null {
  const [, percent] = /^utf-8'[^']*'([^']*)$/i.exec(value) ?? [];
  if (percent === undefined) return null;
  try {
    return decodeURIComponent(percent);
  } catch {
    return null;
  }
}

/** Browsers and curl send UTF-8 in quotes, which no standard says; what is none is Latin-1. */
function decodeUtf8(bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes;
  }
}
