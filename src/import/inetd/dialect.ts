/** What the same words of inetd.conf mean differs between its four families. */
export type Dialect = 'openbsd' | 'gnu' | 'freebsd' | 'netbsd';

export const dialects: readonly Dialect[] = ['openbsd', 'gnu', 'freebsd', 'netbsd'];

/** By what only one of them has; openbsd-inetd, Debian's, where nothing tells. */
export function guessDialect(text: string): Dialect {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^#(?:<off># ?)?/, ''));
  const has = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  if (has(/^\.include\s/) || has(/^\S+\s+(?:on|off)(?:\s+[a-z_]+\s*=|\s*$)/) || has(entry(String.raw`(?:no)?wait:\d+`)))
    return 'netbsd';
  if (has(entry(String.raw`(?:no)?wait/\d+\S*`)) || has(/\s(?:tcp|udp)46\s|\s(?:tcp\d*\/ttcp|faith\/)/))
    return 'freebsd';
  if (has(/\s(?:tcp|udp)6only\s/)) return 'gnu';
  return 'openbsd';
}

function entry(wait: string): RegExp {
  return new RegExp(String.raw`^\S+\s+(?:stream|dgram)\S*\s+\S+\s+${wait}\s`);
}
