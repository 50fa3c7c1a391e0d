import type { Json } from '../contract/bus.ts';
import type { StartMessage, ToMaster } from '../contract/channel.ts';
import { formatEndpoint } from '../contract/endpoint.ts';
import type { RegistryRequest } from '../contract/registry.ts';
import type { EndReason } from '../contract/session.ts';
import { createSlots } from '../accounts/slots.ts';
import { createBanList, type BanList } from '../listeners/ban-list.ts';
import type { LiveSession } from '../listeners/session.ts';
import { createJournalWriter } from '../wire/journal-writer.ts';

/** The registry as a worker sees it. */
export interface RegistryClient {
  readonly bans: BanList;
  /** null when it does not answer. Throws BusyError when too many wait to ask. */
  ask(request: RegistryRequest): Promise<Json>;
  /** The same for what must not wait behind logins; the caller asks one thing at a time. */
  askAtOnce(request: RegistryRequest): Promise<Json>;
  /** Asks again what was not answered yet, and takes the answer that comes first. */
  askAgain(): void;
  /** Notes an ended session down; it reaches the journal within a second. */
  note(session: LiveSession, reason: EndReason, seconds: number): void;
  /** Hands over what is noted down. */
  flush(): void;
}

export interface RegistryClientOptions {
  readonly start: Pick<StartMessage, 'bans' | 'daemon'>;
  ask(argument: Json, timeoutMs: number): Promise<Json>;
  send(message: ToMaster): void;
}

// Well below what the master takes from one worker.
const questionsAtOnce = 50;
const maxWaiting = 1_000;
const answerMs = 65_000;
const flushMs = 1_000;

export function createRegistryClient({ start, ask, send }: RegistryClientOptions): RegistryClient {
  const slots = createSlots(questionsAtOnce, maxWaiting);
  const journal = createJournalWriter();
  let timer: NodeJS.Timeout | undefined;

  const unanswered = new Set<() => void>();

  const askUntilAnswered = (request: RegistryRequest): Promise<Json> => {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const put = (): void => void ask(request as unknown as Json, answerMs).then(resolve, reject);
    unanswered.add(put);
    put();
    return promise.finally(() => unanswered.delete(put));
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (let block = journal.take(); block !== null; block = journal.take()) send({ type: 'journal', block });
  };
  return {
    bans: createBanList(start.bans),
    ask: (request) => slots(() => askUntilAnswered(request)),
    askAtOnce: askUntilAnswered,
    askAgain() {
      for (const put of unanswered) put();
    },
    note(session, reason, seconds) {
      if (start.daemon.journal === 0) return;
      const isFull = journal.add({
        id: session.id,
        service: session.service,
        peer: formatEndpoint(session.peer),
        local: formatEndpoint(session.local),
        account: session.account?.name ?? null,
        tls: session.tls?.protocol ?? null,
        started: Math.trunc(performance.timeOrigin + session.startedTick),
        duration: seconds,
        bytes: session.bytes,
        reason,
      });
      if (isFull) flush();
      else timer ??= setTimeout(flush, flushMs).unref();
    },
    flush,
  };
}
