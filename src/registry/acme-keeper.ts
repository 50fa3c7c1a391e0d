import fs from 'node:fs';
import { join } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import type { Challenge, RegistryOptions, RenewReply } from '../contract/registry.ts';
import type { AcmeChallenge } from '../certificates/acme/challenges.ts';
import { createAcmeClient, type AcmeClient } from '../certificates/acme/client.ts';
import { sleepUntil } from '../certificates/acme/renewal.ts';
import { writePemFile } from '../certificates/pem-file.ts';
import { createAcmeSchedule } from './acme-schedule.ts';
import type { RegistryHouse } from './registry.ts';

/** Keeps the certificates of public authorities: gets what is missing, renews what runs out, one after the other. */
export interface AcmeKeeper {
  /** Asks for these now (all, without names), whatever becomes of the others. */
  renew(names: readonly string[]): Promise<RenewReply>;
  close(): void;
}

export interface AcmeKeeperOptions {
  readonly options: Pick<RegistryOptions, 'acme' | 'acmeFolder'>;
  readonly house: Pick<RegistryHouse, 'emit' | 'showChallenge' | 'log'>;
}

type Wanted = RegistryOptions['acme'][string];

export function createAcmeKeeper({ options, house }: AcmeKeeperOptions): AcmeKeeper {
  const { acmeFolder: folder } = options;
  const entries = Object.entries(options.acme);
  const schedules = new Map(
    entries.map(([name, { names }]) => [name, createAcmeSchedule(folder, name, names)] as const),
  );
  const closing = new AbortController();
  const timers = new Map<string, NodeJS.Timeout>();
  let turn: Promise<unknown> = Promise.resolve();
  for (const [name] of entries) plan(name);

  return {
    async renew(names) {
      const renewed: string[] = [];
      const failed: RenewReply['failed'][number][] = [];
      for (const [name] of entries) {
        if (names.length > 0 && !names.includes(name)) continue;
        try {
          await inTurn(() => obtain(name, true));
          renewed.push(name);
        } catch (error) {
          failed.push({ name, reason: reasonOf(error) });
        }
      }
      return { renewed, failed };
    },
    close() {
      closing.abort();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };

  /** One order at a time: the authority counts them, and challenges are few. */
  function inTurn<T>(call: () => Promise<T>): Promise<T> {
    const next = turn.then(call, call);
    turn = next.catch(() => {});
    return next;
  }

  /** Looks again when it is time, an hour at the most from now: clocks are set, machines sleep. */
  function plan(name: string): void {
    if (closing.signal.aborted) return;
    const now = Date.now();
    const waitMs = Math.max(sleepUntil(schedules.get(name)?.dueAt(now) ?? now, now), shortestMs);
    timers.set(name, setTimeout(() => void look(name), waitMs).unref());
  }

  async function look(name: string): Promise<void> {
    const now = Date.now();
    if ((schedules.get(name)?.dueAt(now) ?? 0) <= now) await inTurn(() => obtain(name, false)).catch(() => {});
    plan(name);
  }

  async function obtain(name: string, isAsked: boolean): Promise<void> {
    const wanted = options.acme[name] as Wanted;
    const schedule = schedules.get(name);
    try {
      const client = await clientFor(wanted);
      const { cert, key } = await client.obtain({ names: wanted.names, signal: closing.signal });
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      writePemFile(join(folder, `${name}.key`), key, 0o600);
      writePemFile(join(folder, `${name}.pem`), cert, 0o644);
      schedule?.succeeded(Date.now());
    } catch (error) {
      if (closing.signal.aborted) throw error;
      const again = schedule?.failed(error, Date.now(), isAsked) ?? Date.now();
      house.emit('certificate.failed', {
        certificate: name,
        reason: reasonOf(error),
        again: new Date(again).toISOString(),
      });
      throw error;
    }
  }

  async function clientFor(wanted: Wanted): Promise<AcmeClient> {
    const [{ createRequest }, { createChallengeCertificate }] = await loadCertificateMakers();
    const shown = new Map<AcmeChallenge, Challenge>();
    return createAcmeClient({
      directory: wanted.directory,
      email: wanted.email,
      ca: wanted.caText,
      folder,
      challenge: wanted.challenge,
      makeRequest: (names) => Promise.resolve(createRequest(names)),
      log: house.log,
      async publish(challenge) {
        const shows: Challenge =
          challenge.kind === 'http-01'
            ? { kind: 'http-01', token: challenge.token, keyAuthorization: challenge.keyAuthorization }
            : {
                kind: 'tls-alpn-01',
                name: challenge.serverName,
                ...createChallengeCertificate({ name: challenge.name, digest: challenge.digest, now: Date.now() }),
              };
        shown.set(challenge, shows);
        await house.showChallenge({ challenge: shows, on: true });
      },
      async withdraw(challenge) {
        const shows = shown.get(challenge);
        if (shows !== undefined) await house.showChallenge({ challenge: shows, on: false });
        shown.delete(challenge);
      },
    });
  }
}

let makers: ReturnType<typeof importMakers> | undefined;

/** Only who asks for a certificate needs what builds requests; a registry that will ask has to load it while it still may. */
export function loadCertificateMakers(): ReturnType<typeof importMakers> {
  makers ??= importMakers();
  return makers;
}

function importMakers() {
  return Promise.all([import('../certificates/csr.ts'), import('../certificates/challenge-certificate.ts')]);
}

const shortestMs = 1_000;
