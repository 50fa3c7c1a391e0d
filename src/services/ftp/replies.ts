// What peers are told (RFC 959 4.2). Whatever comes from a peer or from a disk stands in one printable line.

import { printable } from '../../wire/printable.ts';

export function reply(code: number, text: string): string {
  return `${code} ${text}\r\n`;
}

/** RFC 959 4.2: the lines between begin with a space, so that none of them can be taken for the last. */
export function multiline(code: number, first: string, lines: readonly string[], last = 'End'): string {
  const between = lines.map((line) => ` ${line}\r\n`).join('');
  return `${code}-${first}\r\n${between}${code} ${last}\r\n`;
}

/** RFC 959 appendix II: the path in quotes, and a quote in it doubled. */
export function quoted(path: string): string {
  return `"${printable(path).replaceAll('"', '""')}"`;
}

export const replies = {
  ok: reply(200, 'Fine'),
  done: reply(250, 'Done'),
  unknown: reply(500, 'There is no such command'),
  overlong: reply(500, 'The line is too long'),
  notHere: reply(502, 'That is not done here'),
  notThat: reply(504, 'It is not done with that'),
  logInFirst: reply(530, 'Log in first'),
  tlsFirst: reply(530, 'Start TLS first'),
  wrongLogin: reply(530, 'The name or the password is wrong'),
  tooManyLogins: reply(421, 'That was wrong too often'),
  loginNotNow: reply(421, 'Logins cannot be checked now, try again later'),
  filesNotNow: reply(421, 'The files cannot be opened now, try again later'),
  filesNever: reply(530, 'The folder of this account cannot be opened, whoever keeps the server has to see to it'),
  notAnonymous: reply(550, 'Who has no account changes nothing that is there'),
  userFirst: reply(503, 'USER comes first'),
  failed: reply(451, 'Something went wrong here'),
  noData: reply(425, 'PASV or PORT comes first'),
  noConnection: reply(425, 'The data connection does not come about'),
  cut: reply(426, 'The transfer was cut short'),
  aborted: reply(426, 'The transfer is given up'),
  sent: reply(226, 'All is sent'),
  taken: reply(226, 'All is taken and on disk'),
  nothingToAbort: reply(225, 'There is no transfer to give up'),
  abortDone: reply(226, 'It is given up'),
  clearData: reply(522, 'Data connections are to be protected: PROT P comes first'),
  bye: reply(221, 'Bye'),
} as const;

export function usage(verb: string): string {
  return reply(501, `${verb} is not written like that`);
}

/** Why a session ends that was not asked to: RFC 959 has 421 for all of it. */
export function farewell(reason: unknown): string {
  const texts: Readonly<Record<string, string>> = {
    idle: 'Nothing was said for too long',
    login: 'Nobody logged in',
    session: 'The session has lasted too long',
    kick: 'An administrator ends the session',
    drain: 'The service ends',
  };
  return reply(421, texts[String(reason)] ?? 'The session ends');
}
