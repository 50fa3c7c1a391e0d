import type { Account, AccountRecord, AccountSource } from '../contract/account.ts';
import type { AuthenticateReply, AuthenticateRequest, RegistryOptions } from '../contract/registry.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Failures } from '../accounts/failures.ts';
import { combineSources, createListSource } from '../accounts/sources.ts';
import { createSqliteSource } from '../accounts/sqlite-source.ts';
import { BusyError } from '../accounts/slots.ts';
import { createVerifier, type Verifier } from '../accounts/verifier.ts';
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
}

export function createLogins({ options, banKeeper, failures }: LoginsOptions): Logins {
  const databases = options.databases.map((path) => createSqliteSource({ path, state: options.state }));
  const loaded = Promise.withResolvers<void>();
  let source: AccountSource | null = null;
  let verifier: Verifier | null = null;

  return {
    async authenticate(request) {
      const { source } = request;
      // The master sends the accounts right after the start.
      await loaded.promise;
      const isExempt = banKeeper.isBanned(source) && (await banKeeper.isExempt(source));
      const isRefused = (): boolean => !isExempt && banKeeper.isBanned(source);
      if (isRefused()) return { result: 'banned' };
      // Of a thousand guesses that wait, those after the ban need not be computed.
      const record = await check(request, () => !isRefused());
      if (record === 'busy') return { result: 'busy' };
      if (isRefused()) return { result: (await banKeeper.isExempt(source)) ? 'busy' : 'banned' };
      if (record !== null && mayUse(record, request)) return { result: 'ok', account: withoutSecrets(record) };
      const isProbe = 'key' in request.credentials && !request.credentials.proven;
      if (!isProbe) await count(request);
      return { result: 'failed' };
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

/** Told apart from a wrong password by nobody. */
function mayUse({ services }: Account, { service, type }: AuthenticateRequest): boolean {
  return services === null || services.includes(service) || services.includes(type);
}

function withoutSecrets({ password: _, keys: __, ...account }: AccountRecord): Account {
  return account;
}
