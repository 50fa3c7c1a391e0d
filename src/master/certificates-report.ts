import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeCertificate } from '../certificates/describe-certificate.ts';
import type { AuthorityReport, CertificateReport, CertificatesReport } from '../contract/control.ts';
import type { Plan, ServicePlan } from '../contract/plan.ts';
import { readStrictly } from '../system/read-strictly.ts';
import { authorityFolder, filesOf } from './certificate-files.ts';
import type { Certificates } from './certificates.ts';
import { acmeFolder } from './registry-plan.ts';

/** What is served where, until when: for `portico certificate show` and the metrics. */
export function reportCertificates(plan: Plan, certificates: Certificates): CertificatesReport {
  const pairs = certificates.load(plan);
  return {
    authority: reportAuthority(plan.daemon.state),
    certificates: Object.entries(plan.certificates).map(([name, { kind }]): CertificateReport => {
      const trouble = kind === 'acme' ? troubleOf(name, plan.daemon.state) : noTrouble;
      const facts = describeCertificate(pairs[name]?.cert ?? '');
      return {
        name,
        kind,
        subject: facts.subject,
        names: facts.names,
        issuer: facts.issuer,
        from: new Date(facts.notBefore).toISOString(),
        expires: new Date(facts.notAfter).toISOString(),
        fingerprint: facts.fingerprint256,
        file: filesOf(name, plan.certificates[name] as Plan['certificates'][string], plan.daemon.state).cert,
        served: plan.services.flatMap((service) => servedBy(service, name)),
        error: certificates.errorOf(name) ?? trouble.reason,
        again: trouble.again,
      };
    }),
  };
}

/** Addresses of a service at which the certificate may be shown; on plain ones the service starts TLS itself. */
function servedBy({ name: service, type, enabled, listen, tls }: ServicePlan, name: string): string[] {
  if (!enabled) return [];
  return listen.flatMap((address) => {
    if (address.kind !== 'tls' && address.certificate === null && !startsTls.includes(type)) return [];
    const names = address.certificate === null ? tls.certificates : [address.certificate, ...tls.certificates];
    return (names.length === 0 ? ['default'] : names).includes(name) ? [`${service} ${address.text}`] : [];
  });
}

/** Types that begin in clear and start TLS when the peer asks for it. */
const startsTls: readonly string[] = ['smtp', 'pop3', 'ftp'];

type Trouble = { readonly reason: string | null; readonly again: string | null };

const noTrouble: Trouble = { reason: null, again: null };

/** What the registry noted down of its last try. */
function troubleOf(name: string, state: string): Trouble {
  try {
    const file = join(acmeFolder(state), `${name}.pause`);
    const text = readStrictly(file, { maxBytes: 4_096, followsLinks: false }) ?? '';
    const { reason, again } = JSON.parse(text) as { reason?: unknown; again?: unknown };
    if (typeof reason !== 'string') return noTrouble;
    const isAhead = typeof again === 'number' && again > Date.now();
    return { reason, again: isAhead ? new Date(again).toISOString() : null };
  } catch {
    return noTrouble;
  }
}

function reportAuthority(state: string): AuthorityReport | null {
  const file = join(authorityFolder(state), 'ca.pem');
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const { subject, notAfter, fingerprint256 } = describeCertificate(pem);
  return { file, subject, expires: new Date(notAfter).toISOString(), fingerprint: fingerprint256 };
}
