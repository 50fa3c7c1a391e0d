import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import type { CertificatePair } from '../../src/listeners/tls.ts';
import { isInstalled } from '../system/installed.ts';

/** An option for tests that need certificates of their own. */
export const needsOpenssl = isInstalled('openssl') ? {} : { skip: 'needs openssl' };

/** A certificate for these names by `openssl`, signed by itself or by an issuer. Writes into the folder. */
export function makeCertificate(folder: string, names: readonly string[], issuer?: CertificatePair): CertificatePair {
  const place = fs.mkdtempSync(join(folder, 'pair-'));
  const write = (name: string, text: string): string => {
    fs.writeFileSync(join(place, name), text);
    return join(place, name);
  };
  const signedBy =
    issuer === undefined ? [] : ['-CA', write('ca.pem', issuer.cert), '-CAkey', write('ca.key', issuer.key)];
  const isCa = issuer === undefined ? 'TRUE' : 'FALSE';
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];
  const subject = [
    '-subj',
    `/CN=${names[0]}`,
    '-addext',
    `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`,
  ];
  const out = ['-keyout', join(place, 'key.pem'), '-out', join(place, 'cert.pem')];
  execFileSync(
    'openssl',
    [...args, ...subject, '-addext', `basicConstraints=critical,CA:${isCa}`, ...out, ...signedBy],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  return {
    cert: fs.readFileSync(join(place, 'cert.pem'), 'utf8'),
    key: fs.readFileSync(join(place, 'key.pem'), 'utf8'),
  };
}
