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
  /** When it is tried again. */
  failed(error: unknown, now: number): number;
}

/** As it stands in NAME.pause; the master reads the reason there. */
interface Pause {
  readonly failures: number;
  readonly until: number;
  readonly reason?: string;
}

const hourMs = 3_600_000;
const longestMs = 8 * 24 * hourMs;
const none: Pause = { failures: 0, until: 0 };

export function createAcmeSchedule(folder: string, name: string, names: readonly string[]): AcmeSchedule {
  const pauseFile = join(folder, `${name}.pause`);
  return {
    dueAt(now) {
      const { until } = readPause(now);
      const certificate = readWhole();
      if (certificate === null) return until;
      return Math.max(renewAt(validityOf(certificate), jitterOf(certificate.fingerprint256)), until);
    },
    // One that comes with less than a third of its life left would be due again at once.
    succeeded: (now) => write({ failures: 0, until: now + hourMs }),
    failed(error, now) {
      const failures = readPause(now).failures + 1;
      const certificate = readWhole();
      const waitMs = waitAfterFailure({
        failures,
        retryAfterMs: error instanceof AcmeError ? error.retryAfterMs : null,
        leftMs: certificate === null ? 0 : validityOf(certificate).notAfter - now,
        random: Math.random(),
      });
      write({ failures, until: now + waitMs, reason: reasonOf(error).slice(0, 500) });
      return now + waitMs;
    },
  };

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
