import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';

import { createCertificates } from '../../src/master/certificates.ts';
import { reportCertificates } from '../../src/master/certificates-report.ts';
import { pem } from '../config/pem.ts';
import { daemonPlan, listenPlan, plan as planOf, servicePlan } from '../support/plans.ts';

const tls = servicePlan().tls;

t.test('what there is, until when, and in which file', async (t) => {
  const folder = t.testdir({ 'cert.pem': pem.goodCert, 'key.pem': pem.goodKey, state: {} });
  const plan = planOf({
    daemon: daemonPlan({ state: join(folder, 'state') }),
    certificates: {
      default: { kind: 'self_signed', names: ['localhost', '127.0.0.1'], command: [] },
      mine: { kind: 'files', cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), passphrase: null },
    },
  });
  const certificates = createCertificates();
  await certificates.prepare(plan);
  const { authority, certificates: reported } = reportCertificates(plan, certificates);
  const good = new X509Certificate(pem.goodCert);
  t.match(authority, { file: join(folder, 'state/ca/ca.pem'), fingerprint: /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/ });
  t.match(reported, [
    {
      name: 'default',
      kind: 'self_signed',
      names: ['localhost', '127.0.0.1'],
      issuer: authority?.subject,
      file: join(folder, 'state/ca/issued/default.pem'),
      error: null,
    },
    {
      name: 'mine',
      kind: 'files',
      subject: 'CN=good.example',
      names: ['good.example'],
      from: new Date(good.validFrom).toISOString(),
      expires: new Date(good.validTo).toISOString(),
      fingerprint: good.fingerprint256,
      file: join(folder, 'cert.pem'),
      error: null,
    },
  ]);
});

t.test('there is no authority where nothing is issued', async (t) => {
  const plan = planOf({ daemon: daemonPlan({ state: t.testdir({}) }) });
  t.same(reportCertificates(plan, createCertificates()), { authority: null, certificates: [] });
});

t.test('what went wrong last', async (t) => {
  const folder = t.testdir({ 'cert.pem': pem.goodCert, 'key.pem': pem.goodKey, 'other.key': pem.otherKey });
  const files = {
    kind: 'files',
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    passphrase: null,
  } as const;
  const plan = planOf({ daemon: daemonPlan({ state: folder }), certificates: { mine: files } });
  const certificates = { ...createCertificates(), errorOf: (name: string) => `${name} is broken` };
  t.match(reportCertificates(plan, certificates).certificates, [{ error: 'mine is broken' }]);
});

t.test('which addresses it is served at', async (t) => {
  const folder = t.testdir({ 'cert.pem': pem.goodCert, 'key.pem': pem.goodKey });
  const files = {
    kind: 'files',
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    passphrase: null,
  } as const;
  const plan = planOf({
    daemon: daemonPlan({ state: folder }),
    certificates: { default: files, mine: files, spare: files },
    services: [
      servicePlan({ name: 'a', listen: [listenPlan('tls://127.0.0.1:1'), listenPlan('tcp://127.0.0.1:2')] }),
      servicePlan({ name: 'b', listen: [listenPlan('tls://127.0.0.1:3', { certificate: 'mine' })] }),
      servicePlan({
        name: 'c',
        // Begins in clear, and starts TLS when it is asked to.
        type: 'smtp',
        listen: [listenPlan('tcp://127.0.0.1:4'), listenPlan('tls://127.0.0.1:5', { certificate: 'default' })],
        tls: { ...tls, certificates: ['mine'] },
      }),
      servicePlan({ name: 'd', enabled: false, listen: [listenPlan('tls://127.0.0.1:6')] }),
    ],
  });
  const { certificates } = reportCertificates(plan, createCertificates());
  t.same(
    certificates.map(({ name, served }) => [name, served]),
    [
      ['default', ['a tls://127.0.0.1:1', 'c tls://127.0.0.1:5']],
      ['mine', ['b tls://127.0.0.1:3', 'c tcp://127.0.0.1:4', 'c tls://127.0.0.1:5']],
      ['spare', []],
    ],
  );
});
