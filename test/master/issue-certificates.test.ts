import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import type { CertificatePlan, SelfSignedPlan } from '../../src/contract/plan.ts';
import type { CertificatePlans } from '../../src/master/certificates.ts';
import { issueCertificates, needsAuthority, type Issued } from '../../src/master/issue-certificates.ts';
import { dayMs, make } from '../certificates/made.ts';
import { acmePlan } from '../support/plans.ts';

const files = { kind: 'files', cert: '/c', key: '/k', passphrase: null } as const;
const selfSigned = (...names: string[]): SelfSignedPlan => ({ kind: 'self_signed', names, command: [] });
const plansOf = (state: string, certificates: Readonly<Record<string, CertificatePlan>>): CertificatePlans => ({
  certificates,
  daemon: { state },
});
const namesOf = (issued: readonly Issued[]): readonly (string | null)[] => issued.map(({ name }) => name);
const fingerprintIn = (file: string): string => new X509Certificate(readFileSync(file)).fingerprint256;

t.test('the authority is needed for all but the administrator’s own', async (t) => {
  for (const [certificates, expected] of [
    [{}, false],
    [{ mine: files }, false],
    [{ mine: files, own: selfSigned('localhost') }, true],
    [{ public: acmePlan() }, true],
  ] as const)
    t.equal(needsAuthority({ certificates }), expected);
});

t.test('where it is not, it is not made', async (t) => {
  t.same(await issueCertificates(plansOf('/dev/null/state', { mine: files })), []);
  t.same(await issueCertificates(plansOf('/dev/null/state', { mine: files }), true), []);
});

t.test('tells what it made: itself first, and who is stood in for', async (t) => {
  const state = t.testdir({});
  const plans = plansOf(state, { own: selfSigned('localhost'), mine: files, public: acmePlan() });
  const issued = await issueCertificates(plans);
  const [ca, own, standIn] = ['ca/ca.pem', 'ca/issued/own.pem', 'ca/issued/public.pem'].map((file) =>
    join(state, file),
  ) as [string, string, string];
  t.same(issued, [
    { name: null, file: ca, fingerprint: fingerprintIn(ca), isStandIn: false },
    { name: 'own', file: own, fingerprint: fingerprintIn(own), isStandIn: false },
    { name: 'public', file: standIn, fingerprint: fingerprintIn(standIn), isStandIn: true },
  ]);
  t.same(await issueCertificates(plans), [], 'once');
  t.same(namesOf(await issueCertificates(plansOf(state, { ...plans.certificates, more: selfSigned('lan') }))), [
    'more',
  ]);
  t.same(namesOf(await issueCertificates(plans, true)), ['own', 'public'], 'unless it is asked to');
  rmSync(own);
  t.same(namesOf(await issueCertificates(plans)), ['own']);
});

t.test('stands in for a public authority until there is a pair of that for these names', async (t) => {
  const state = t.testdir({});
  const plan = acmePlan({ names: ['www.example'] });
  const pairFor = (...names: string[]): void => {
    const made = make({ names, notBefore: Date.now() - dayMs, notAfter: Date.now() + 90 * dayMs });
    writeFileSync(join(state, 'acme/public.pem'), made.cert);
    writeFileSync(join(state, 'acme/public.key'), made.key.pem);
  };
  /** Whether the local authority had something to do, were it asked. */
  const isNeeded = async (names: readonly string[] = plan.names): Promise<boolean> =>
    (await issueCertificates(plansOf(state, { public: { ...plan, names } }), true)).length > 0;
  mkdirSync(join(state, 'acme'));
  t.equal(await isNeeded(), true);
  pairFor('www.example');
  t.equal(await isNeeded(), false);
  t.equal(await isNeeded(['www.example', 'mail.example']), true);
  pairFor('mail.example');
  t.equal(await isNeeded(), true);
  pairFor('www.example', 'mail.example');
  t.equal(await isNeeded(), false);
  const key = join(state, 'acme/public.key');
  renameSync(key, join(state, 'far'));
  symlinkSync(join(state, 'far'), key);
  t.equal(await isNeeded(), true, 'whoever can write there may have put the link');
});

t.test('one that cannot be used says so', async (t) => {
  const state = t.testdir({ ca: { 'ca.pem': 'nonsense', 'ca.key': 'nonsense' } });
  await t.rejects(issueCertificates(plansOf(state, { own: selfSigned('localhost') })), { message: /ca\.pem/ });
});
