// The account at an authority (RFC 8555 7.3): found, made, and kept up to date.
import type { Logger } from '../../contract/logger.ts';
import { printable } from '../../wire/printable.ts';
import { openAccountFiles, type AccountFiles } from './account-files.ts';
import { AcmeError } from './acme-error.ts';
import { thumbprintOf, type Signer } from './jose.ts';
import type { Reply, Transport } from './transport.ts';

export interface AccountOptions {
  readonly transport: Transport;
  /** URL. */
  readonly directory: string;
  /** Where its key is kept. */
  readonly folder: string;
  readonly email: string | null;
  readonly log: Logger;
  /** The authority does not know the account that was kept: what was kept of it is not believed. */
  readonly isForgotten: boolean;
}

interface WithContact extends AccountOptions {
  /** As newAccount has it. */
  readonly contact: readonly string[];
}

export interface AcmeAccount {
  readonly signer: Signer;
  /** What challenges are answered with (RFC 8555 8.1). */
  readonly thumbprint: string;
}

export async function openAccount(options: AccountOptions, signal: AbortSignal): Promise<AcmeAccount> {
  const { transport, directory, folder, email, isForgotten } = options;
  const contact = contactOf(email);
  const files = await openAccountFiles(folder, directory);
  const thumbprint = thumbprintOf(files.key);
  const kept = isForgotten ? null : usable(files, transport);
  if (kept !== null && kept.email === email) return { signer: { key: files.key, kid: kept.kid }, thumbprint };

  const known = kept?.kid ?? (files.isNew ? null : await findAccount(options, files, signal));
  if (known !== null) await changeContact({ ...options, contact }, { key: files.key, kid: known }, signal);
  const kid = known ?? (await register({ ...options, contact }, files, signal));
  await files.keep({ kid, email });
  return { signer: { key: files.key, kid }, thumbprint };
}

function usable({ known }: AccountFiles, { urls }: Transport): AccountFiles['known'] {
  try {
    urls.check(known?.kid, 'the account');
    return known;
  } catch {
    return null;
  }
}

/** RFC 8555 7.3.1. null when there is none. */
async function findAccount(
  { transport }: AccountOptions,
  files: AccountFiles,
  signal: AbortSignal,
): Promise<string | null> {
  const { newAccount } = await transport.directory(signal);
  const signer = { key: files.key, kid: null };
  try {
    const payload = { onlyReturnExisting: true };
    return kidOf(
      transport,
      files,
      await transport.post({ url: newAccount, signer, payload, what: 'the account' }, signal),
    );
  } catch (error) {
    if (error instanceof AcmeError && error.kind === 'accountDoesNotExist') return null;
    throw error;
  }
}

async function register(
  { transport, contact, log }: WithContact,
  files: AccountFiles,
  signal: AbortSignal,
): Promise<string> {
  const { host } = transport.urls;
  const { newAccount, termsOfService, isExternalAccountRequired } = await transport.directory(signal);
  if (isExternalAccountRequired)
    throw new AcmeError(
      `${host} wants an account of another kind to be bound to (externalAccountRequired), which Portico cannot give`,
    );
  const signer = { key: files.key, kid: null };
  const payload = { termsOfServiceAgreed: true, contact };
  const reply = await transport.post({ url: newAccount, signer, payload, what: 'a new account' }, signal);
  const kid = kidOf(transport, files, reply);
  const terms = termsOfService === null ? '' : `, whose terms are at ${printable(termsOfService, 200)}`;
  log.notice(`an account was made at ${host}${terms}; its key is ${files.keyFile}`);
  return kid;
}

/** RFC 8555 7.3.2. */
async function changeContact(
  { transport, contact, log }: WithContact,
  signer: Signer,
  signal: AbortSignal,
): Promise<void> {
  const url = signer.kid ?? '';
  await transport.post({ url, signer, payload: { contact }, what: 'the contact' }, signal);
  log.info(`${transport.urls.host} was told the account's contact`);
}

function contactOf(email: string | null): readonly string[] {
  // RFC 8555 7.3: one address and nothing after it.
  if (email !== null && !/^[^\s@?,<>]+@[^\s@?,<>]+$/.test(email)) throw new AcmeError('email has to be one address');
  return email === null ? [] : [`mailto:${email}`];
}

function kidOf({ urls, shapes }: Transport, { keyFile }: AccountFiles, reply: Reply): string {
  const { status } = shapes.account(reply.json());
  if (status === 'valid') return urls.check(reply.location, 'the account');
  throw new AcmeError(
    `the account at ${urls.host} is ${status}: move ${keyFile} away to have a new account made, if you may`,
  );
}
