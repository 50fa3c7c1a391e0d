// Proof that the names are ours (RFC 8555 7.5): what the authority wants to see is published, looked at, withdrawn.
import { createHash } from 'node:crypto';

import { reasonOf } from '../../contract/errors.ts';
import type { Logger } from '../../contract/logger.ts';
import { printable } from '../../wire/printable.ts';
import type { AcmeAccount } from './account.ts';
import { AcmeError } from './acme-error.ts';
import type { Clock } from './clock.ts';
import { serverNameOf, type Identifier } from './names.ts';
import { poll } from './poll.ts';
import { problemError } from './problem.ts';
import type { Authorization, Challenge } from './shapes.ts';
import type { Reply, Transport } from './transport.ts';

/** What a peer that comes from the authority has to be shown. */
export type AcmeChallenge = HttpChallenge | TlsAlpnChallenge;

/** RFC 8555 8.3: `keyAuthorization` at http://NAME/.well-known/acme-challenge/TOKEN, on port 80. */
export interface HttpChallenge {
  readonly kind: 'http-01';
  readonly name: string;
  /** base64url, so that it may be compared with a part of a path. */
  readonly token: string;
  readonly keyAuthorization: string;
}

/** RFC 8737 3: a certificate for `name` with the digest, on port 443, to who asks for `serverName` and acme-tls/1. */
export interface TlsAlpnChallenge {
  readonly kind: 'tls-alpn-01';
  /** What the certificate is for: a DNS name or an IP address. */
  readonly name: string;
  /** The same as the name, but for IP addresses (RFC 8738 6). */
  readonly serverName: string;
  /** 32 bytes. */
  readonly digest: Buffer;
}

export interface Publisher {
  readonly challenge: AcmeChallenge['kind'];
  /** Resolves when everybody who comes from now on will be shown it. */
  publish(challenge: AcmeChallenge): Promise<void>;
  /** Called once for each that was published, or might have been. */
  withdraw(challenge: AcmeChallenge): Promise<void>;
}

export interface AuthorizeOptions {
  readonly transport: Transport;
  readonly account: AcmeAccount;
  readonly identifiers: readonly Identifier[];
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** One proof that is still to be given. */
interface Task {
  readonly url: string;
  readonly offered: Challenge;
  readonly shown: AcmeChallenge;
}

/** Resolves when all authorizations are valid. Throws AcmeError with the authority's reason when one will not be. */
export async function authorize(
  urls: readonly string[],
  options: AuthorizeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { publisher } = options;
  const tasks: Task[] = [];
  for (const url of urls) {
    const authorization = await readAuthorization(url, options, signal);
    if (authorization.status !== 'valid') tasks.push(taskOf(url, authorization, options));
  }
  const published: AcmeChallenge[] = [];
  try {
    for (const { shown } of tasks) {
      published.push(shown);
      await publisher.publish(shown);
      signal.throwIfAborted();
    }
    // All of them are looked at while the first one is waited for.
    for (const task of tasks) await answer(task, options, signal);
    for (const { url } of tasks) await waitUntilValid(url, options, signal);
  } finally {
    for (const challenge of published) await withdraw(challenge, options);
  }
}

function taskOf(url: string, authorization: Authorization, options: AuthorizeOptions): Task {
  const { transport, account, identifiers, publisher } = options;
  const { host } = transport.urls;
  const { status, challenges } = authorization;
  const name = printable(authorization.identifier, 255);
  const identifier = identifiers.find(({ value }) => value === authorization.identifier.toLowerCase());
  if (identifier === undefined) throw new AcmeError(`${host} wants proof of ${name}, which was not asked for`);
  if (status !== 'pending') throw refused(authorization, options);
  const offered = challenges.find(({ type }) => type === publisher.challenge);
  if (offered === undefined) {
    const kinds = challenges.map(({ type }) => printable(type, 40)).join(', ');
    throw new AcmeError(`${host} does not offer ${publisher.challenge} for ${name}, only ${kinds}`);
  }
  if (offered.token === null) throw new AcmeError(`${host} gave no usable token for ${name}`);
  return { url, offered, shown: show(publisher.challenge, identifier, `${offered.token}.${account.thumbprint}`) };
}

/** RFC 8555 8.1: the key authorization is the token, a dot and the thumbprint. */
function show(kind: AcmeChallenge['kind'], identifier: Identifier, keyAuthorization: string): AcmeChallenge {
  const name = identifier.value;
  const [token = ''] = keyAuthorization.split('.');
  if (kind === 'http-01') return { kind, name, token, keyAuthorization };
  const digest = createHash('sha256').update(keyAuthorization).digest();
  return { kind, name, serverName: serverNameOf(identifier), digest };
}

async function answer(
  { offered: { status, url }, shown: { name } }: Task,
  { transport, account }: AuthorizeOptions,
  signal: AbortSignal,
): Promise<void> {
  // Of an earlier try that was broken off: the authority is at it already.
  if (status !== 'pending') return;
  await transport.post({ url, signer: account.signer, payload: {}, what: `the challenge for ${name}` }, signal);
}

async function waitUntilValid(url: string, options: AuthorizeOptions, signal: AbortSignal): Promise<void> {
  const { transport, clock, timeoutMs } = options;
  let name = '';
  const look = async (): Promise<{ value: true | null; retryAfterMs: number | null }> => {
    const { retryAfterMs, ...authorization } = await readAuthorization(url, options, signal);
    name = printable(authorization.identifier, 255);
    if (authorization.status === 'pending') return { value: null, retryAfterMs };
    if (authorization.status === 'valid') return { value: true, retryAfterMs };
    throw refused(authorization, options);
  };
  const tooSlow = (): AcmeError =>
    new AcmeError(`${transport.urls.host} did not decide about ${name} within ${timeoutMs / 1000} s`);
  await poll(look, { clock, timeoutMs, signal, tooSlow });
}

async function readAuthorization(
  url: string,
  { transport, account }: AuthorizeOptions,
  signal: AbortSignal,
): Promise<Authorization & Pick<Reply, 'retryAfterMs'>> {
  const reply = await transport.read({ url, signer: account.signer, what: 'an authorization' }, signal);
  return { ...transport.shapes.authorization(reply.json()), retryAfterMs: reply.retryAfterMs };
}

/** RFC 8555 8: why is told by the challenge that was tried. */
function refused(
  { identifier, status, challenges }: Authorization,
  { transport, publisher }: AuthorizeOptions,
): AcmeError {
  const name = printable(identifier, 255);
  const { error } = challenges.find(({ type, error }) => type === publisher.challenge && error !== undefined) ?? {};
  const said = `${transport.urls.host} does not believe that ${name} is ours (${publisher.challenge}`;
  return problemError(error, { said: `${said}, authorization ${status})` });
}

async function withdraw(challenge: AcmeChallenge, { publisher, log }: AuthorizeOptions): Promise<void> {
  try {
    await publisher.withdraw(challenge);
  } catch (error) {
    // The certificate does not depend on it.
    log.warning(`the answer to ${challenge.kind} for ${challenge.name} was not withdrawn: ${reasonOf(error)}`);
  }
}
