import { X509Certificate } from 'node:crypto';

import { validityOf } from '../certificates/validity.ts';
import type { CertificatePairs } from '../contract/channel.ts';
import { ExitError, exitCodes, reasonOf } from '../contract/errors.ts';
import type { CertificatePlan, Plan } from '../contract/plan.ts';
import { candidatesOf, isWhole, readCandidate, type PairFiles } from './certificate-files.ts';
import { createFileWatch, type FileWatch } from './file-watch.ts';
import { issueCertificates, needsAuthority, type Issued } from './issue-certificates.ts';

/** Reads certificates with the master's rights, has the local authority issue some, and watches all of them for the workers. */
export interface Certificates {
  /** Issues what the local authority has to; throws ExitError where it cannot. */
  prepare(plan: CertificatePlans): Promise<void>;
  /** Reads all pairs of a plan. Where one cannot be read now, it is as it was last; throws if it never was. */
  load(plan: CertificatePlans): CertificatePairs;
  /** Calls back when a watched pair has changed and is whole; a pair that does not fit stays as it was. */
  watch(plan: CertificatePlans, news: CertificateNews): void;
  /** Has the local authority issue these anew (all of its own, without names); those that it did. */
  renew(plan: CertificatePlans, names: readonly string[]): Promise<string[]>;
  /** What went wrong with a certificate last. */
  errorOf(name: string): string | null;
  /** When the pairs that were read last end, in seconds since 1970. */
  expiries(plan: CertificatePlans): ReadonlyMap<string, number>;
  close(): void;
}

/** What a plan has about certificates. */
export interface CertificatePlans {
  readonly certificates: Plan['certificates'];
  readonly daemon: Pick<Plan['daemon'], 'state'>;
}

export interface CertificateNews {
  /** All pairs, and the names of those that are new. */
  changed(pairs: CertificatePairs, names: readonly string[]): void;
  /** The local authority, or a first certificate of it, was made since the last watch began. */
  issued(issued: Issued): void;
  failed(name: string, reason: string): void;
}

type Pair = CertificatePairs[string];

// Clocks are set and machines sleep, so nobody waits for a certain day.
const renewEveryMs = 3_600_000;

export function createCertificates(): Certificates {
  let watched: FileWatch | null = null;
  let renewing: NodeJS.Timeout | undefined;
  /** Looks for new pairs now; nothing while nobody watches. */
  let lookNow: () => unknown = () => {};
  /** Every pair that was read and found whole, by name and files. */
  const known = new Map<string, Pair>();
  /** What workers have, by the same: a change must not get lost between two watches. */
  const given = new Map<string, Pair>();
  const errors = new Map<string, string>();
  /** What was made before anybody watched. */
  let untold: readonly Issued[] = [];

  const read = (name: string, plan: CertificatePlan, state: string): { pair: Pair | undefined; error: unknown } => {
    const key = keyOf(name, plan, state);
    try {
      known.set(key, readFiles(name, plan, state));
      errors.delete(name);
      return { pair: known.get(key), error: null };
    } catch (error) {
      errors.set(name, reasonOf(error));
      return { pair: known.get(key), error };
    }
  };
  // Each on its own: one that is broken does not keep the others from being renewed.
  const readWhole = ({ certificates, daemon }: CertificatePlans, failed: CertificateNews['failed']): CertificatePairs =>
    Object.fromEntries(
      Object.entries(certificates).flatMap(([name, plan]) => {
        const { pair, error } = read(name, plan, daemon.state);
        if (error !== null) failed(name, reasonOf(error));
        return pair === undefined ? [] : [[name, pair]];
      }),
    );
  const close = (): void => {
    clearInterval(renewing);
    watched?.close();
    watched = null;
    lookNow = () => {};
  };

  return {
    async prepare(plans) {
      try {
        untold = [...untold, ...(await issueCertificates(plans))];
      } catch (error) {
        throw new ExitError(exitCodes.config, reasonOf(error));
      }
    },
    load: ({ certificates, daemon }) =>
      Object.fromEntries(
        Object.entries(certificates).map(([name, plan]) => {
          const { pair, error } = read(name, plan, daemon.state);
          if (pair === undefined) throw error;
          const key = keyOf(name, plan, daemon.state);
          if (!given.has(key)) given.set(key, pair);
          return [name, pair];
        }),
      ),
    async renew({ certificates, daemon }, names) {
      const own = Object.entries(certificates).filter(
        ([name, plan]) => plan.kind === 'self_signed' && (names.length === 0 || names.includes(name)),
      );
      await issueCertificates({ certificates: Object.fromEntries(own), daemon }, true);
      lookNow();
      return own.map(([name]) => name);
    },
    errorOf: (name) => errors.get(name) ?? null,
    expiries: ({ certificates, daemon }) =>
      new Map(
        Object.entries(certificates).flatMap(([name, plan]) => {
          const pair = known.get(keyOf(name, plan, daemon.state));
          return pair === undefined ? [] : [[name, validityOf(new X509Certificate(pair.cert)).notAfter / 1000]];
        }),
      ),
    close,
    watch(plans, news) {
      close();
      const told = new Map<string, string>();
      // Whatever else changes, what is wrong with one is told once.
      const failed = (name: string, reason: string): void => {
        if (told.get(name) !== reason) news.failed(name, reason);
        told.set(name, reason);
      };
      const look = (): readonly string[] => {
        const pairs = readWhole(plans, failed);
        for (const name of told.keys()) if (!errors.has(name)) told.delete(name);
        const names = Object.entries(plans.certificates).flatMap(([name, plan]) => {
          const [pair, key] = [pairs[name], keyOf(name, plan, plans.daemon.state)];
          const before = given.get(key);
          if (pair !== undefined) given.set(key, pair);
          return pair === undefined || before === undefined || isSame(pair, before) ? [] : [name];
        });
        if (names.length > 0) news.changed(pairs, names);
        return names;
      };
      lookNow = look;
      watched = createFileWatch(filesIn(plans), {
        changed: () => void look(),
        failed: (reason) => news.failed('', reason),
      });
      const renewed = look();
      // Those that others have had before are renewed.
      for (const issued of untold) if (!renewed.includes(issued.name ?? '')) news.issued(issued);
      untold = [];
      if (!needsAuthority(plans)) return;
      renewing = setInterval(() => {
        void issueCertificates(plans).then(look, (error: unknown) => news.failed('', reasonOf(error)));
      }, renewEveryMs);
      renewing.unref();
    },
  };
}

function keyOf(name: string, plan: CertificatePlan, state: string): string {
  return JSON.stringify([name, candidatesOf(name, plan, state)]);
}

/** The first candidate that can be served; throws what is wrong with the last one. */
function readFiles(name: string, plan: CertificatePlan, state: string): Pair {
  const candidates = candidatesOf(name, plan, state);
  const better = candidates.slice(0, -1).find((files) => isWhole(files, plan));
  return readCandidate(better ?? (candidates.at(-1) as PairFiles), plan);
}

function filesIn({ certificates, daemon }: CertificatePlans): readonly string[] {
  return Object.entries(certificates).flatMap(([name, plan]) =>
    candidatesOf(name, plan, daemon.state).flatMap(({ cert, key }) => [cert, key]),
  );
}

function isSame(one: Pair, other: Pair): boolean {
  return one.cert === other.cert && one.key === other.key;
}
