import type { Account, AccountRecord, AccountSource } from '../contract/account.ts';
import type { AuthenticateReply, AuthenticateRequest, RegistryOptions } from '../contract/registry.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Failures } from '../accounts/failures.ts';
import { combineSources, createListSource } from '../accounts/sources.ts';
import { createSqliteSource } from '../accounts/sqlite-source.ts';
import { BusyError } from '../accounts/slots.ts';
import { createVerifier, type Verifier } from '../accounts/verifier.ts';
import { ownName } from '../system/own-name.ts';
import { sourceOf } from '../wire/source.ts';
import type { BanKeeper } from './ban-keeper.ts';

/** Checks credentials, counts failures, and bans who has too many. */
export interface Logins {
  authenticate(request: AuthenticateRequest): Promise<AuthenticateReply>;
  /** The account whose mail this address is. */
  findByMail(address: string): Promise<Account | null>;
  useAccounts(records: readonly AccountRecord[]): void;
  close(): void;
}

export interface LoginsOptions {
  readonly options: Pick<RegistryOptions, 'databases' | 'state'>;
  readonly banKeeper: BanKeeper;
  readonly failures: Failures;
  /** A database cannot be asked, as far as can be seen at the start. */
  readonly rejected: (reason: string) => void;
}

// A mail program opens some connections at once.
const maxPerSource = 32;

export function createLogins({ options, banKeeper, failures, rejected }: LoginsOptions): Logins {
  const databases = options.databases.map((path) => createSqliteSource({ path, state: options.state }));
  const loaded = Promise.withResolvers<void>();
  let source: AccountSource | null = null;
  let verifier: Verifier | null = null;
  /** Passwords that are being checked, or wait for it, by source. */
  const waiting = new Map<string, number>();
  // Nobody is called so; the question is whether there is an answer.
  for (const database of databases) void database.find('').catch((error: unknown) => rejected(withAdvice(error)));

  return {
    async authenticate(request) {
      const { source } = request;
      // The master sends the accounts right after the start.
      await loaded.promise;
      const isExempt = banKeeper.isBanned(source) && (await banKeeper.isExempt(source));
      const isRefused = (): boolean => !isExempt && banKeeper.isBanned(source);
      if (isRefused()) return { result: 'banned' };
      // Of a thousand guesses that wait, those after the ban need not be computed.
      const record = await inTurn(sourceOf(source), () => check(request, () => !isRefused()));
      if (record === 'busy') return { result: 'busy' };
      if (isRefused()) return { result: (await banKeeper.isExempt(source)) ? 'busy' : 'banned' };
      if (record !== null && mayUse(record, request)) return { result: 'ok', account: withoutSecrets(record) };
      const isProbe = 'key' in request.credentials && !request.credentials.proven;
      if (!isProbe) await count(request);
      return record === null ? { result: 'failed' } : { result: 'failed', reason: 'service' };
    },
    async findByMail(address) {
      await loaded.promise;
      const record = await source?.findByMail(address);
      return record == null ? null : withoutSecrets(record);
    },
    useAccounts(records) {
      source = combineSources([createListSource(records), ...databases]);
      verifier = createVerifier({ source });
      loaded.resolve();
    },
    close() {
      for (const database of databases) database.close();
    },
  };

  /** One source can keep only so many others waiting, however many it sends at once. */
  async function inTurn<T>(from: string, call: () => Promise<T>): Promise<T | 'busy'> {
    const count = waiting.get(from) ?? 0;
    if (count >= maxPerSource) return 'busy';
    waiting.set(from, count + 1);
    try {
      return await call();
    } finally {
      const left = (waiting.get(from) ?? 1) - 1;
      if (left > 0) waiting.set(from, left);
      else waiting.delete(from);
    }
  }

  async function check(
    { credentials }: AuthenticateRequest,
    isWanted: () => boolean,
  ): Promise<AccountRecord | null | 'busy'> {
    if (verifier === null) return 'busy';
    try {
      if ('key' in credentials) return await verifier.checkKey(credentials.name, credentials.key);
      return await verifier.check(credentials.name, credentials.password, isWanted);
    } catch (error) {
      if (error instanceof BusyError) return 'busy';
      throw new Error(`accounts cannot be asked: ${reasonOf(error)}`, { cause: error });
    }
  }

  async function count({ source, service, limits }: AuthenticateRequest): Promise<void> {
    if (!failures.record(source, limits.authFailures)) return;
    await banKeeper.ban({ address: source, durationMs: limits.ban, reason: 'auth_failures', service });
  }
}

/** Who keeps the accounts is often root, and we are not. */
function withAdvice(error: unknown): string {
  const { code, path } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  const advice = code === 'EACCES' && path !== undefined ? `; as root: chown ${ownName()} ${path}` : '';
  return `${reasonOf(error)}${advice}`;
}

/** Told apart from a wrong password by nobody. */
function mayUse({ services }: Account, { service, type }: AuthenticateRequest): boolean {
  return services === null || services.includes(service) || services.includes(type);
}

function withoutSecrets(record: AccountRecord): Account {
  const { name, home, services, permissions, quota, mail } = record;
  return { name, home, services, permissions, quota, mail };
}
