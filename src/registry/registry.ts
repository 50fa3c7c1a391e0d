import { join } from 'node:path';

import type { AccountRecord } from '../contract/account.ts';
import type { Ban } from '../contract/ban.ts';
import type { Json } from '../contract/bus.ts';
import type { LogFields, Logger } from '../contract/logger.ts';
import type { QueuedItem } from '../contract/queue.ts';
import type {
  AuthenticateReply,
  ChallengeChange,
  RegistryOptions,
  RegistryRequest,
  ToRegistry,
} from '../contract/registry.ts';
import { createBans } from '../accounts/bans.ts';
import { createFailures } from '../accounts/failures.ts';
import { formatSource } from '../wire/source.ts';
import { createAcmeKeeper } from './acme-keeper.ts';
import { createBanKeeper } from './ban-keeper.ts';
import { answerDeliveryRequest } from './delivery-orders.ts';
import { createIntake } from './intake.ts';
import { createJournalKeeper } from './journal-keeper.ts';
import { createLateStore } from './late-store.ts';
import { createLogins } from './logins.ts';
import { createMailboxes } from './mailboxes.ts';

/** The one process that holds accounts, bans and the store: what all services and workers have to agree on. */
export interface Registry {
  answer(request: RegistryRequest): Promise<Json>;
  told(message: ToRegistry): void;
  close(): Promise<void>;
}

/** What the registry needs of the rest of the program. */
export interface RegistryHouse {
  readonly log: Logger;
  emit(event: RegistryEvent, fields: LogFields): void;
  tellBans(bans: readonly Ban[]): void;
  /** Resolves when every worker shows it, or no longer does. */
  showChallenge(change: ChallengeChange): Promise<void>;
  isNeverBanned(address: string): Promise<boolean>;
  /** Whether the item's file is in the spool, and its worker's own. */
  isSpooled(item: QueuedItem): boolean;
  /** There is something new to deliver; or `tryNow`, by a delivery or by all (null), what was put off. */
  wakeCourier(tryNow?: string | null): void;
}

export type RegistryEvent =
  | 'store.failed'
  | 'source.banned'
  | 'source.unbanned'
  | 'journal.dropped'
  | 'accounts.rejected'
  | 'certificate.renewed'
  | 'certificate.failed';

export async function createRegistry(options: RegistryOptions, house: RegistryHouse): Promise<Registry> {
  const failed = createTrouble((error) => house.emit('store.failed', { error }));
  const store = createLateStore(join(options.folder, 'portico.db'));
  const told = createTeller(() => {
    const all = bans.list();
    house.tellBans(all);
    return all.length;
  });
  const bans = createBans({
    store: store.bans,
    // Asked before, because it may take a lookup.
    neverBan: () => false,
    changed: () => told.soon(),
    failed,
    maxBans,
  });
  const failures = createFailures({ store: store.failures, failed });
  await Promise.all([bans.load(), failures.load()]);
  const banKeeper = createBanKeeper({ bans, house });
  await banKeeper.pardon();
  const logins = createLogins({
    options,
    banKeeper,
    failures,
    rejected: (reason) =>
      house.emit('accounts.rejected', { severity: 'warning', message: 'accounts database cannot be used', reason }),
  });
  const journal = createJournalKeeper({ table: store.journal, keepMs: options.journal, failed, house });
  const acme = createAcmeKeeper({ options, house });
  const intake = createIntake({ queue: store.queue, isSpooled: house.isSpooled, wake: () => house.wakeCourier() });
  const mailboxes = createMailboxes({ state: options.state, findByMail: logins.findByMail });
  /** Those that have come of accounts that come in parts. */
  let records: readonly AccountRecord[] = [];
  told.now();

  return {
    async answer(request) {
      switch (request.what) {
        case 'authenticate':
          return toJson(await logins.authenticate(request));
        case 'sensor':
          await banKeeper.ban({ ...request, address: request.source, durationMs: request.ban, reason: 'sensor' });
          return null;
        case 'bans':
          return bans.list().map((ban) => ({ ...ban, source: formatSource(ban.source) }));
        case 'ban':
          return await banKeeper.banByHand(request.source, request.duration);
        case 'unban':
          return banKeeper.unban(request.source);
        case 'journal':
          return (await journal.find(request.query)) as unknown as Json;
        case 'renew':
          return (await acme.renew(request.names)) as unknown as Json;
        case 'enqueue':
          await intake.add(request.items);
          return true;
        case 'mailboxes':
          return (await mailboxes.find(request.addresses)) as unknown as Json;
        default:
          return await answerDeliveryRequest(request, { queue: store.queue, wake: house.wakeCourier });
      }
    },
    told(message) {
      if (message.type === 'journal') return journal.add(message.block);
      records = records.concat(message.records);
      if (message.hasMore === true) return;
      logins.useAccounts(records);
      records = [];
    },
    async close() {
      acme.close();
      await journal.close();
      await failures.flush();
      failures.close();
      told.close();
      bans.close();
      logins.close();
      store.close();
    },
  };
}

interface Teller {
  now(): void;
  soon(): void;
  close(): void;
}

/** An attack bans many in a moment; who is told gets all of them each time, so that is done some times a second only. */
function createTeller(tell: () => number): Teller {
  let timer: NodeJS.Timeout | undefined;
  let isWaiting = false;
  const now = (): void => {
    const count = tell();
    isWaiting = false;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        timer = undefined;
        if (isWaiting) now();
      },
      pauseMs + count * pausePerBanMs,
    );
    timer.unref();
  };
  return {
    now,
    soon() {
      if (timer === undefined) now();
      else isWaiting = true;
    },
    close: () => clearTimeout(timer),
  };
}

const pauseMs = 100;
// The more there are, the more it costs everybody to hear of them.
const pausePerBanMs = 0.05;

// As many as a message can hold, whatever services are called.
const maxBans = 50_000;

/** What keeps the store from working is told once, although every table runs into it. */
function createTrouble(tell: (error: Error) => void): (error: Error) => void {
  let last = '';
  let at = -Infinity;
  return (error) => {
    const now = performance.now();
    if (error.message === last && now - at < repeatMs) return;
    last = error.message;
    at = now;
    tell(error);
  };
}

const repeatMs = 3_600_000;

/** Its members are all of them values of JSON, which a type with names does not say. */
function toJson(reply: AuthenticateReply): Json {
  return reply as unknown as Json;
}
