import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { checkCertificates } from '../../src/doctor/certificates.ts';
import { dayMs, make, noon, type Made } from '../certificates/made.ts';
import { acmePlan, daemonPlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

function pemOf({ key }: Made): string {
  return key.pem;
}

t.test('files', async (t) => {
  const folder = t.testdir({});
  const [cert, key] = [join(folder, 'web.pem'), join(folder, 'web.key')];
  const put = (made: Made, mode = 0o600): void => {
    writeFileSync(cert, made.cert);
    writeFileSync(key, pemOf(made));
    chmodSync(key, mode);
  };
  const look = (now: number) =>
    checkCertificates(patient({ certificates: { web: { kind: 'files', cert, key, passphrase: null } } }), now);
  const made = make({ names: ['www.example'], notBefore: noon, notAfter: noon + 90 * dayMs });

  t.test('that are good', async (t) => {
    put(made);
    t.same(told(look(noon + dayMs)), []);
  });
  t.test('that expire soon', async (t) => {
    put(made);
    t.same(told(look(noon + 76 * dayMs)), []);
    t.same(told(look(noon + 77 * dayMs)), ['warning: the certificate web expires in 13 days']);
  });
  t.test('that have expired', async (t) => {
    put(made);
    t.match(look(noon + 91 * dayMs), [
      { severity: 'error', message: /cannot be served.*expired on/, fix: /new certificate/ },
    ]);
  });
  t.test('whose key everybody may read', async (t) => {
    put(made, 0o604);
    t.match(told(look(noon + dayMs)), [/^warning: everybody on this machine may read .*web\.key/]);
  });
  t.test('of two different pairs', async (t) => {
    put(made);
    writeFileSync(key, pemOf(make()));
    t.match(look(noon + dayMs), [{ severity: 'error', fix: 'name the key of this certificate' }]);
  });
});

t.test('those that the daemon sees to are not there before it has run', async (t) => {
  const daemon = daemonPlan({ state: t.testdir({}) });
  const certificates = { own: { kind: 'self_signed', names: ['localhost'], command: [] } as const, www: acmePlan() };
  t.same(told(checkCertificates(patient({ daemon, certificates }))), ['note: the certificate www is not there yet']);
});
