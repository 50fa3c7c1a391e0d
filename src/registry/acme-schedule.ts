import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import { AcmeError } from '../certificates/acme/acme-error.ts';
import { missingNames } from '../certificates/acme/chain.ts';
import { identifiersOf } from '../certificates/acme/names.ts';
import { jitterOf, renewAt, waitAfterFailure } from '../certificates/acme/renewal.ts';
import { readPemFile, writePemFile } from '../certificates/pem-file.ts';
import { validityOf } from '../certificates/validity.ts';

/** When a certificate has to be asked for again. What it knows is on disk: a restart must not ask sooner. */
export interface AcmeSchedule {
  /** Milliseconds since 1970; now or earlier: there is none, or it is time. */
  dueAt(now: number): number;
  succeeded(now: number): void;
  /** When it is tried again. A try that somebody asked for puts the next one off only if the authority wants that. */
  failed(error: unknown, now: number, isAsked?: boolean): number;
}

/** As it stands in NAME.pause; the master reads the reason there. */
interface Pause {
  readonly failures: number;
  readonly until: number;
  readonly reason?: string;
  /** When it is tried again, for people. */
  readonly again?: number;
}

const hourMs = 3_600_000;
const longestMs = 8 * 24 * hourMs;
const none: Pause = { failures: 0, until: 0 };

export function createAcmeSchedule(folder: string, name: string, names: readonly string[]): AcmeSchedule {
  const pauseFile = join(folder, `${name}.pause`);
  return {
    dueAt: (now) => dueAfter(readPause(now).until),
    // One that comes with less than a third of its life left would be due again at once.
    succeeded: (now) => write({ failures: 0, until: now + hourMs }),
    failed(error, now, isAsked = false) {
      const pause = readPause(now);
      const retryAfterMs = error instanceof AcmeError ? error.retryAfterMs : null;
      const next = isAsked
        ? { ...pause, until: Math.max(pause.until, retryAfterMs === null ? 0 : now + retryAfterMs) }
        : afterFailure(pause.failures + 1, retryAfterMs, now);
      const again = Math.max(dueAfter(next.until), now);
      write({ ...next, reason: reasonOf(error).slice(0, 500), again });
      return again;
    },
  };

  function dueAfter(until: number): number {
    const certificate = readWhole();
    if (certificate === null) return until;
    return Math.max(renewAt(validityOf(certificate), jitterOf(certificate.fingerprint256)), until);
  }

  function afterFailure(failures: number, retryAfterMs: number | null, now: number): Pause {
    const certificate = readWhole();
    const leftMs = certificate === null ? 0 : validityOf(certificate).notAfter - now;
    const waitMs = waitAfterFailure({ failures, retryAfterMs, leftMs, random: Math.random() });
    return { failures, until: now + waitMs };
  }

  /** null: there is none, half of one (a crash came between the two files), or one for other names. */
  function readWhole(): X509Certificate | null {
    try {
      const [cert, key] = [readPemFile(join(folder, `${name}.pem`)), readPemFile(join(folder, `${name}.key`))];
      if (cert === null || key === null) return null;
      const certificate = new X509Certificate(cert);
      const isOurs = certificate.checkPrivateKey(createPrivateKey(key));
      const wanted = identifiersOf(names).map(({ value }) => value);
      return isOurs && missingNames(certificate, wanted).length === 0 ? certificate : null;
    } catch {
      // Whatever became of it, it is ours to get again.
      return null;
    }
  }

  function readPause(now: number): Pause {
    try {
      const { failures, until } = JSON.parse(fs.readFileSync(pauseFile, 'utf8')) as Pause;
      const isGood = Number.isInteger(failures) && failures >= 0 && Number.isFinite(until);
      // One that lasts that long was written before the clock went back.
      return isGood && until - now < longestMs ? { failures, until } : none;
    } catch {
      return none;
    }
  }

  function write(pause: Pause): void {
    try {
      writePemFile(pauseFile, `${JSON.stringify(pause)}\n`, 0o600);
    } catch {
      // Then the certificate cannot be kept either, and that is told.
    }
  }
}
