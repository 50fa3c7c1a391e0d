/** Lower case, without parameters other than the charset: { type: "text/xml", charset: "utf-8" }. */
export interface ContentType {
  readonly type: string;
  readonly charset: string | null;
}

const maxLength = 256;

/** RFC 9110 8.3.1. What cannot be read has an empty type. */
export function parseContentType(header: string | undefined): ContentType {
  const text = header === undefined || header.length > maxLength ? '' : header;
  // What nearly everybody sends.
  if (text === 'text/xml' || text === 'application/json') return { type: text, charset: null };
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const charset = parameters.map((parameter) => /^charset="?([\w.:-]+)"?$/i.exec(parameter)?.[1]).find(Boolean);
  return { type: type.toLowerCase(), charset: charset ?? null };
}
