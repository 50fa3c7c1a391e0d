import mime from 'mime';

/** The type of a file in menus, by the end of its name (RFC 1436 3.8; "h", "s" and "I" as they are in use). */
export function typeOfFile(name: string): string {
  const type = mime.getType(name);
  // READMEs have no ending.
  if (type === null) return name.includes('.') ? '9' : '0';
  if (type === 'text/html') return 'h';
  if (type === 'image/gif') return 'g';
  if (type.startsWith('image/')) return 'I';
  if (type.startsWith('audio/')) return 's';
  return type.startsWith('text/') || readableTypes.has(type) ? '0' : '9';
}

const readableTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/yaml',
  'application/javascript',
  'application/x-sh',
  'application/sql',
  'application/toml',
]);
