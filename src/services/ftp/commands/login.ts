import type { Session } from '../../../contract/session.ts';
import type { Account } from '../../../contract/account.ts';
import { TreeError } from '../../../contract/tree.ts';
import { forgetLogin, type Dialogue, type Handlers, type Outcome } from '../dialogue.ts';
import { replies, reply } from '../replies.ts';

// RFC 959 4.1.1, RFC 7151: who it is, and its end.

const maxFailedLogins = 3;
const anonymousNames: ReadonlySet<string> = new Set(['anonymous', 'ftp']);

export const loginCommands: Handlers<'USER' | 'PASS' | 'ACCT' | 'REIN' | 'HOST' | 'QUIT'> = {
  USER({ name }, dialogue) {
    if (isTlsMissing(dialogue)) return replies.tlsFirst;
    if (dialogue.guest !== null) forgetLogin(dialogue);
    dialogue.user = name;
    return isAnonymous(dialogue, name) ? reply(331, 'Any password will do') : reply(331, 'And the password?');
  },
  PASS({ password }, dialogue) {
    if (isTlsMissing(dialogue)) return replies.tlsFirst;
    const { user: name } = dialogue;
    if (name === null) return replies.userFirst;
    dialogue.user = null;
    return isAnonymous(dialogue, name) ? enter(dialogue, null) : logIn(dialogue, { name, password });
  },
  ACCT: () => reply(202, 'Accounts have nothing like it'),
  // RFC 4217 11 has TLS end here, which no peer asks for and none could tell from an attack: it stays.
  REIN(_command, dialogue) {
    forgetLogin(dialogue);
    return reply(220, 'Who is it?');
  },
  // RFC 7151 3: there is one tree, whatever the name. That of the certificate was chosen by TLS.
  HOST({ name }, { guest, user }) {
    if (guest !== null || user !== null) return reply(503, 'HOST comes before USER');
    return isHost(name) ? reply(220, 'FTP') : reply(501, 'That is no name of a host');
  },
  QUIT: () => ({ farewell: replies.bye }),
};

function isTlsMissing({ session, house }: Dialogue): boolean {
  return house.options.require_tls && session.tls === null;
}

function isAnonymous({ house }: Dialogue, name: string): boolean {
  return house.options.anonymous !== undefined && anonymousNames.has(name.toLowerCase());
}

async function logIn(dialogue: Dialogue, login: { name: string; password: string }): Promise<Outcome> {
  const account = await authenticate(dialogue.session, login);
  if (account === 'not now') return { farewell: replies.loginNotNow };
  if (account !== null) return enter(dialogue, account);
  dialogue.failedLogins += 1;
  return dialogue.failedLogins < maxFailedLogins ? replies.wrongLogin : { farewell: replies.tooManyLogins };
}

async function authenticate(
  session: Session,
  login: { name: string; password: string },
): Promise<Account | null | 'not now'> {
  try {
    return await session.authenticate(login);
  } catch (error) {
    session.log.err('a login cannot be checked', { error });
    return 'not now';
  }
}

/** `account` null: nobody in particular. */
async function enter(dialogue: Dialogue, account: Account | null): Promise<Outcome> {
  const { session, house } = dialogue;
  const isAnonymous = account === null;
  // What is sent belongs to whoever the session has logged in: that must not be somebody who was here before.
  if (isAnonymous && session.account !== null) return reply(530, 'Connect anew to log in as nobody');
  try {
    dialogue.guest = { ...(await house.openFiles(session, isAnonymous)), isAnonymous };
  } catch (error) {
    const reason = error instanceof TreeError ? error.detail : null;
    session.log.err('the files cannot be opened', {
      account: account?.name ?? 'anonymous',
      ...(reason === null ? { error } : { reason }),
    });
    // A device that is told to come again later comes for ever, where somebody has to do something first.
    return reason === null ? { farewell: replies.filesNotNow } : replies.filesNever;
  }
  if (isAnonymous) session.log.info('somebody has logged in as anonymous');
  return reply(230, 'Welcome');
}
/** RFC 7151 3.1: a name, an IPv4 address, or an IPv6 address in brackets. */
function isHost(name: string): boolean {
  return /^(?:\[[0-9A-Fa-f:.]{2,45}\]|(?=.{1,253}$)[\p{L}\p{N}_-]{1,63}(?:\.[\p{L}\p{N}_-]{1,63})*\.?)$/u.test(name);
}
