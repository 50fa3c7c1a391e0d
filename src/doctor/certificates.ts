import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

import { CertificateError } from '../certificates/certificate-error.ts';
import { readPair, type JudgedPair } from '../certificates/pair.ts';
import { reasonOf } from '../contract/errors.ts';
import type { AcmePlan, CertificateFiles, CertificatePlan, Plan } from '../contract/plan.ts';
import type { Finding, FindingSeverity, Patient } from './finding.ts';

const check = 'certificates';
const dayMs = 86_400_000;
const soonDays = 14;

/** Whether each pair can be served, until when, and for which names. */
export function checkCertificates({ plan }: Patient, now: number = Date.now()): readonly Finding[] {
  return Object.entries(plan.certificates).flatMap(([name, certificate]) => judge(name, certificate, plan, now));
}

function judge(name: string, certificate: CertificatePlan, plan: Plan, now: number): readonly Finding[] {
  // The daemon issues it anew at each start; its authority is looked at with the daemon's state.
  if (certificate.kind === 'self_signed') return [];
  const { cert, key, passphrase } = filesOf(name, certificate, plan);
  let judged: JudgedPair;
  try {
    const [certText, keyText] = [readFileSync(cert, 'utf8'), readFileSync(key, 'utf8')];
    judged = readPair({ certText, keyText, passphrase, certName: cert, keyName: key, now });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The daemon issues it when it starts.
    if (certificate.kind !== 'files' && code === 'ENOENT')
      return [
        {
          severity: 'note',
          check,
          message: `the certificate ${name} is not there yet`,
          fix: 'it is issued when the daemon starts',
        },
      ];
    const isHidden = code === 'EACCES';
    return [
      {
        severity: isHidden ? 'note' : 'error',
        check,
        message: `the certificate ${name} ${isHidden ? 'could not be looked at' : 'cannot be served'}: ${reasonOf(error)}`,
        fix: isHidden ? 'portico doctor as root' : mend(error, certificate),
      },
    ];
  }
  return [...judgePair(name, judged, certificate, now), ...judgeKeyFile(name, key)];
}

function filesOf(
  name: string,
  certificate: CertificateFiles | AcmePlan,
  { daemon }: Plan,
): Omit<CertificateFiles, 'kind'> {
  if (certificate.kind === 'files') return certificate;
  // Both in one file.
  const file = join(daemon.state, 'acme', `${name}.pem`);
  return { cert: file, key: file, passphrase: null };
}

function mend(error: unknown, { kind }: CertificatePlan): string {
  if (kind !== 'files') return 'portico certificate renew';
  if (!(error instanceof CertificateError)) return 'name a file that is there, in certificates';
  return error.part === 'key' ? 'name the key of this certificate' : 'get a new certificate from its issuer';
}

function judgePair(
  name: string,
  { facts, warnings }: JudgedPair,
  certificate: CertificatePlan,
  now: number,
): readonly Finding[] {
  const tell = (severity: FindingSeverity, message: string, fix: string | null): Finding => ({
    severity,
    check,
    message,
    fix,
  });
  const findings = warnings.map((warning) =>
    tell('warning', warning, 'put the leaf first, then its issuers, and nothing else'),
  );
  const days = Math.floor((facts.notAfter - now) / dayMs);
  if (days < soonDays) {
    const fix =
      certificate.kind === 'files'
        ? 'renew it; the new files are served without a reload'
        : 'portico certificate renew, and look at the log for why it was not';
    findings.push(tell('warning', `the certificate ${name} expires in ${days} days`, fix));
  }
  if (certificate.kind === 'files' && !facts.isSelfSigned && facts.names.length > 0) {
    const odd = facts.names.filter((each) => isIP(each) === 0 && !each.includes('.') && each !== 'localhost');
    if (odd.length > 0)
      findings.push(tell('note', `the certificate ${name} is for ${odd.join(', ')}, which are no full names`, null));
  }
  return findings;
}

function judgeKeyFile(name: string, key: string): readonly Finding[] {
  if ((statSync(key).mode & 0o004) === 0) return [];
  return [
    {
      severity: 'warning',
      check,
      message: `everybody on this machine may read ${key}, the key of the certificate ${name}`,
      fix: `chmod o-r ${key}: only the master reads it`,
    },
  ];
}
