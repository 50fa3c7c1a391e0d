import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';

import type { CertificatePairs } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';

/** Reads the certificate files with the master's rights and watches them for the workers. */
export interface Certificates {
  /** Reads all pairs of a plan; throws with file and reason. */
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
  const close = (): void => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  return {
    load: readPairs,
    close,
    watch(plan, changed, failed) {
      close();
      let last = JSON.stringify(tryRead(plan, failed));
      const look = (): void => {
        const pairs = tryRead(plan, failed);
        const text = JSON.stringify(pairs);
        if (pairs === null || text === last) return;
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

function readPairs(plan: Plan['certificates']): CertificatePairs {
  return Object.fromEntries(Object.entries(plan).map(([name, pair]) => [name, readPair(pair)]));
}

function readPair(pair: { cert: string; key: string }): { cert: string; key: string } {
  const cert = fs.readFileSync(pair.cert, 'utf8');
  const key = fs.readFileSync(pair.key, 'utf8');
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`${pair.key} is not the key of ${pair.cert}`);
  }
  return { cert, key };
}

function tryRead(plan: Plan['certificates'], failed: (reason: string) => void): CertificatePairs | null {
  try {
    return readPairs(plan);
  } catch (error) {
    failed(reasonOf(error));
    return null;
  }
}
