import ssh2, { type AuthContext, type Connection } from 'ssh2';

import type { Credentials } from '../../contract/account.ts';
import type { Session } from '../../contract/session.ts';

export type LoginMethod = 'publickey' | 'password';

export interface LoginRules {
  readonly methods: readonly LoginMethod[];
  /** Wrong ones after which the connection ends. */
  readonly attempts: number;
}

// A peer with many keys asks for each of them; as OpenSSH's agents hold, and some more.
const maxQuestions = 32;

/** Answers logins on a connection, until there has been one. `over`: there have been too many, or none can be checked. */
export function answerLogins(
  connection: Connection,
  { session, rules, over }: { session: Session; rules: LoginRules; over: () => void },
): void {
  let failures = 0;
  let questions = 0;
  let isOver = false;

  connection.on('authentication', (context) => {
    if (isOver) return;
    answer(context).catch((error: unknown) => {
      session.log.err('a login cannot be checked', { error });
      stop();
    });
  });

  async function answer(context: AuthContext): Promise<void> {
    const claim = claimOf(context, rules.methods);
    // "none" is how a peer asks which methods there are (RFC 4252 5.2).
    if (claim === null) {
      if (context.method === 'none') context.reject(rules.methods);
      else refuse(context, { isQuestion: false });
      return;
    }
    const isQuestion = 'key' in claim && !claim.proven;
    const account = await session.authenticate(claim);
    if (account === null) return refuse(context, { isQuestion });
    context.accept();
  }

  function refuse(context: AuthContext, { isQuestion }: { isQuestion: boolean }): void {
    if (isQuestion) questions += 1;
    else failures += 1;
    context.reject(rules.methods);
    if (failures >= rules.attempts || questions >= maxQuestions) stop();
  }

  /** What the peer has sent meanwhile is not looked at. */
  function stop(): void {
    isOver = true;
    over();
  }
}

/** What a peer claims, as far as it stands by itself: a signature that does not fit its key is no claim. null: nothing. */
export function claimOf(context: AuthContext, methods: readonly LoginMethod[]): Credentials | null {
  const { method, username: name, password, key } = context;
  if (method === 'password' && methods.includes(method) && typeof password === 'string') return { name, password };
  if (method !== 'publickey' || !methods.includes(method) || key?.data === undefined) return null;
  const { signature, blob, hashAlgo } = context;
  const text = `${key.algo} ${key.data.toString('base64')}`;
  const proven = signature !== undefined;
  if (!proven) return { name, key: text, proven };
  if (blob === undefined) return null;
  // RFC 8332: without SHA-2, a signature of RSA is one of SHA-1.
  if (key.algo === 'ssh-rsa' && hashAlgo === undefined) return null;
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error || Array.isArray(parsed)) return null;
  return parsed.verify(blob, signature, hashAlgo) === true ? { name, key: text, proven } : null;
}
