import { existsSync, statSync } from 'node:fs';

import type { Finding } from './finding.ts';

const check = 'clock';

/** Certificates, codes and logs are only as true as the clock. */
export function checkClock(_: unknown, now: number = Date.now()): readonly Finding[] {
  const made = statSync(new URL(import.meta.url)).mtimeMs;
  // Packages are unpacked with a time of long ago: that this program is younger than now is the least.
  if (now < made - 86_400_000 || now < Date.UTC(2026, 0)) {
    return [
      {
        severity: 'error',
        check,
        message: `the clock says ${new Date(now).toISOString()}, which is before this program was written: certificates will not be valid`,
        fix: 'timedatectl set-ntp true, or date --set',
      },
    ];
  }
  const isWatched = existsSync('/run/systemd/timesync');
  if (isWatched && !existsSync('/run/systemd/timesync/synchronized')) {
    return [
      {
        severity: 'warning',
        check,
        message: 'the clock was not synchronized since this machine has started',
        fix: 'timedatectl timesync-status tells why',
      },
    ];
  }
  return [];
}
