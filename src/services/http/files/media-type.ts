import mime from 'mime';

/** By the end of its name: "text/html; charset=utf-8". */
export function mediaTypeOf(file: string): string {
  const type = mime.getType(file) ?? 'application/octet-stream';
  return isText(type) ? `${type}; charset=utf-8` : type;
}

// RFC 8259 8.1: JSON is UTF-8 and has no such parameter.
function isText(type: string): boolean {
  return type.startsWith('text/') || type === 'application/xhtml+xml' || type === 'image/svg+xml';
}
