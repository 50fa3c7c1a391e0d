import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import { authorityFolder, candidatesOf, isWhole } from './certificate-files.ts';
import type { CertificatePlans } from './certificates.ts';

/** What the local authority has made. */
export interface Issued {
  /** The certificate's own; null: the authority itself. */
  readonly name: string | null;
  readonly file: string;
  /** SHA-256, in hex with colons. */
  readonly fingerprint: string;
  /** Only until a public authority has issued one. */
  readonly isStandIn: boolean;
}

export function needsAuthority({ certificates }: Pick<CertificatePlans, 'certificates'>): boolean {
  return Object.values(certificates).some(({ kind }) => kind !== 'files');
}

/** What the local authority has to issue, or all of it when that is asked for. Its code is loaded only where there is some. */
export async function issueCertificates(plans: CertificatePlans, isForced = false): Promise<readonly Issued[]> {
  if (!needsAuthority(plans)) return [];
  const { createSelfSigned } = await import('../certificates/self-signed.ts');
  const { state } = plans.daemon;
  const ownFile = join(authorityFolder(state), 'ca.pem');
  const before = fingerprintIn(ownFile);
  const authority = createSelfSigned(authorityFolder(state));
  const issued: Issued[] = [];
  for (const [name, plan] of Object.entries(plans.certificates)) {
    if (plan.kind === 'files') continue;
    const [first] = candidatesOf(name, plan, state);
    // Once a public authority has issued it, nothing stands in for it any more.
    if (plan.kind === 'acme' && first !== undefined && isWhole(first, plan)) continue;
    const { issued: reason, files } = isForced ? authority.renew(name, plan.names) : authority.ensure(name, plan.names);
    if (reason !== null)
      issued.push({
        name,
        file: files.cert,
        fingerprint: fingerprintIn(files.cert) ?? '',
        isStandIn: plan.kind === 'acme',
      });
  }
  const now = fingerprintIn(ownFile);
  if (now === null || now === before) return issued;
  return [{ name: null, file: ownFile, fingerprint: now, isStandIn: false }, ...issued];
}

function fingerprintIn(file: string): string | null {
  try {
    return new X509Certificate(fs.readFileSync(file)).fingerprint256;
  } catch {
    return null;
  }
}
