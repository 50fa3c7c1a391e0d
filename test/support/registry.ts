import type { Ban } from '../../src/contract/ban.ts';
import type { LogFields } from '../../src/contract/logger.ts';
import type { AuthenticateRequest, ChallengeChange } from '../../src/contract/registry.ts';
import type { RegistryEvent, RegistryHouse } from '../../src/registry/registry.ts';
import { createFakeLogger, type LogLine } from './fake-session.ts';

export { recordOf as accountRecord, secretHash } from '../accounts/records.ts';

/** What a worker asks when somebody logs in. */
export function loginRequest(more: Partial<AuthenticateRequest> = {}): AuthenticateRequest {
  return {
    what: 'authenticate',
    service: 'echo',
    type: 'echo',
    source: '192.0.2.1',
    credentials: { name: 'alice', password: 'secret' },
    limits: { authFailures: { count: 3, window: 600_000 }, ban: 600_000 },
    ...more,
  };
}

export interface FakeHouse extends RegistryHouse {
  readonly events: (readonly [RegistryEvent, LogFields])[];
  /** Each list of bans that was told. */
  readonly told: (readonly Ban[])[];
  readonly challenges: ChallengeChange[];
  readonly logs: LogLine[];
  readonly neverBanned: Set<string>;
  /** The next event of this name that was not awaited yet, with its fields. */
  next(event: RegistryEvent): Promise<LogFields>;
}

/** What the registry needs of the rest of the program, and what it said to it. */
export function createFakeHouse(more: Partial<RegistryHouse> = {}): FakeHouse {
  const events: (readonly [RegistryEvent, LogFields])[] = [];
  const told: (readonly Ban[])[] = [];
  const challenges: ChallengeChange[] = [];
  const logs: LogLine[] = [];
  const neverBanned = new Set<string>();
  const seen = new Set<unknown>();
  let wake = Promise.withResolvers<void>();
  return {
    events,
    told,
    challenges,
    logs,
    neverBanned,
    log: createFakeLogger(logs),
    emit(event, fields) {
      events.push([event, fields]);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    tellBans: (bans) => void told.push(bans),
    showChallenge: async (change) => void challenges.push(change),
    isNeverBanned: async (address) => neverBanned.has(address),
    isSpooled: () => true,
    wakeCourier: () => {},
    async next(event) {
      for (;;) {
        const found = events.find((each) => each[0] === event && !seen.has(each));
        if (found !== undefined) {
          seen.add(found);
          return found[1];
        }
        await wake.promise;
      }
    },
    ...more,
  };
}
