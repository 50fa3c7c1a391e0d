// What a peer is told (RFC 1939 3), with the codes of RFC 2449 8 and RFC 3206 for programs.

export const replies = {
  ok: (text = '') => (text === '' ? '+OK\r\n' : `+OK ${text}\r\n`),
  no: (text: string) => `-ERR ${text}\r\n`,
  wrongLogin: '-ERR [AUTH] The name or the password is wrong\r\n',
  inUse: '-ERR [IN-USE] Another session has the mailbox\r\n',
  notNow: '-ERR [SYS/TEMP] This cannot be done now, try again later\r\n',
  notReadable: '-ERR [SYS/PERM] The mailbox cannot be read\r\n',
  noMessage: '-ERR There is no such message\r\n',
} as const;

/** Several lines; none of them begins with a dot. */
export function listing(first: string, lines: readonly string[]): string {
  return lines.length === 0 ? `+OK ${first}\r\n.\r\n` : `+OK ${first}\r\n${lines.join('\r\n')}\r\n.\r\n`;
}
