import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** One of its own for localhost, P-256, that all daemons of a part use; null without openssl(1). */
export function makeCertificate(folder: string): Certificate | null {
  const certificate = join(folder, 'localhost.pem');
  const key = join(folder, 'localhost.key');
  const kind = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '30'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate]);
  if (made.status !== 0) return null;
  // As root, workers are somebody else. It protects nothing.
  chmodSync(key, 0o644);
  return { certificate, key };
}
