import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { inspectAuthority } from '../certificates/authority.ts';
import { CertificateError } from '../certificates/certificate-error.ts';
import type { Plan } from '../contract/plan.ts';

/** What stands on disk beside the configuration, looked at without changing any of it. */
export interface StateReport {
  /** What would keep the daemon from starting. */
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
}

export function checkState({ accounts, certificates, daemon }: Plan): StateReport {
  const warnings = accounts
    .filter(({ path }) => !existsSync(path))
    .map(({ path }) => `there is no file ${path} yet: it holds no accounts`);
  const needsAuthority = Object.entries(certificates).some(
    ([name, { kind }]) =>
      kind === 'self_signed' || (kind === 'acme' && !existsSync(join(daemon.state, 'acme', `${name}.pem`))),
  );
  const reason = needsAuthority ? whyNoAuthority(join(daemon.state, 'ca')) : null;
  return { mistakes: reason === null ? [] : [reason], warnings };
}

function whyNoAuthority(folder: string): string | null {
  try {
    inspectAuthority(folder);
    return null;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    // Who checks may be somebody else than who starts it.
    const isHidden = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES';
    return isHidden ? null : error.message;
  }
}
