import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';

import type { CertificatePairs } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import type { CertificatePlan, Plan } from '../contract/plan.ts';

/** Reads the certificate files with the master's rights and watches them for the workers. */
export interface Certificates {
  /** Reads all pairs of a plan. Where one cannot be read now, it is as it was last; throws if it never was. */
  load(plan: Plan['certificates']): CertificatePairs;
  /** Calls back when a watched pair has changed and is whole; a pair that does not fit stays as it was. */
  watch(plan: Plan['certificates'], changed: (pairs: CertificatePairs) => void, failed: (reason: string) => void): void;
  close(): void;
}

// Both files of a pair are written one after the other; half a pair is waited out.
const settleMs = 200;

export function createCertificates(): Certificates {
  let watchers: fs.FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Every pair that was read and found whole, by its files. */
  const known = new Map<string, Pair>();

  const read = (files: CertificatePlan): { pair: Pair | undefined; error: unknown } => {
    const key = JSON.stringify([files.cert, files.key]);
    try {
      known.set(key, readPair(files));
      return { pair: known.get(key), error: null };
    } catch (error) {
      return { pair: known.get(key), error };
    }
  };
  // Each on its own: one that is broken does not keep the others from being renewed.
  const readWhole = (plan: Plan['certificates'], failed: (reason: string) => void): CertificatePairs =>
    Object.fromEntries(
      Object.entries(plan).flatMap(([name, files]) => {
        const { pair, error } = read(files);
        if (error !== null) failed(reasonOf(error));
        return pair === undefined ? [] : [[name, pair]];
      }),
    );
  const close = (): void => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  return {
    load: (plan) =>
      Object.fromEntries(
        Object.entries(plan).map(([name, files]) => {
          const { pair, error } = read(files);
          if (pair === undefined) throw error;
          return [name, pair];
        }),
      ),
    close,
    watch(plan, changed, failed) {
      close();
      let last = JSON.stringify(readWhole(plan, failed));
      const look = (): void => {
        const pairs = readWhole(plan, failed);
        const text = JSON.stringify(pairs);
        if (text === last) return;
        last = text;
        changed(pairs);
      };
      const files = Object.values(plan).flatMap((pair) => [pair.cert, pair.key]);
      for (const folder of new Set(files.map((file) => dirname(file)))) {
        // The folder, because a file that is replaced by renaming takes its watcher along.
        const watcher = fs.watch(folder, { persistent: false }, () => {
          clearTimeout(timer);
          timer = setTimeout(look, settleMs);
        });
        watcher.on('error', (error) => failed(`cannot watch ${folder}: ${error.message}`));
        watchers.push(watcher);
      }
    },
  };
}

type Pair = CertificatePairs[string];

function readPair(pair: CertificatePlan): Pair {
  const cert = fs.readFileSync(pair.cert, 'utf8');
  const key = fs.readFileSync(pair.key, 'utf8');
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`${pair.key} is not the key of ${pair.cert}`);
  }
  return { cert, key };
}
