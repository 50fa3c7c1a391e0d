/** A line that a sending scp says (OpenSSH's scp.c; there is no other definition). */
export type ScpRecord =
  | { readonly type: 'file'; readonly mode: number; readonly size: number; readonly name: string }
  | { readonly type: 'folder'; readonly mode: number; readonly name: string }
  | { readonly type: 'end' }
  /** Milliseconds since 1970. */
  | { readonly type: 'times'; readonly modified: number; readonly accessed: number }
  /** The peer could not do what it wanted. */
  | { readonly type: 'warning' };

/** null: it is none. A name is one part of a path: what a peer could reach else is not for it to say here. */
export function parseRecord(line: string): ScpRecord | null {
  if (line === 'E') return { type: 'end' };
  if (line.startsWith('\u0001') || line.startsWith('\u0002')) return { type: 'warning' };
  const times = /^T(\d{1,12}) \d{1,6} (\d{1,12}) \d{1,6}$/.exec(line);
  if (times !== null) return { type: 'times', modified: Number(times[1]) * 1000, accessed: Number(times[2]) * 1000 };
  const [, letter, mode = '', size, name = ''] = /^([CD])([0-7]{4}) (\d{1,15}) (.+)$/.exec(line) ?? [];
  if (letter === undefined || name === '.' || name === '..' || name.includes('/')) return null;
  const bits = Number.parseInt(mode, 8) & 0o777;
  return letter === 'D' ? { type: 'folder', mode: bits, name } : { type: 'file', mode: bits, size: Number(size), name };
}
