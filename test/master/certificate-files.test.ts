import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import type { CertificatePlan } from '../../src/contract/plan.ts';
import {
  authorityFolder,
  candidatesOf,
  filesOf,
  isWhole,
  readCandidate,
  type PairFiles,
} from '../../src/master/certificate-files.ts';
import { dayMs, make, makeAuthority } from '../certificates/made.ts';
import { acmePlan } from '../support/plans.ts';

const files = { kind: 'files', cert: '/a/cert.pem', key: '/b/key.pem', passphrase: null } as const;
const selfSigned = { kind: 'self_signed', names: ['localhost'], command: [] } as const;

const own = { cert: '/state/ca/issued/default.pem', key: '/state/ca/issued/default.key' };
const issued = { cert: '/state/acme/default.pem', key: '/state/acme/default.key' };

t.test('where the halves of a certificate are', async (t) => {
  t.equal(authorityFolder('/state'), '/state/ca');
  t.match(candidatesOf('default', files, '/state'), [{ cert: '/a/cert.pem', key: '/b/key.pem' }]);
  t.same(candidatesOf('default', selfSigned, '/state'), [own]);
  t.same(candidatesOf('default', acmePlan(), '/state'), [issued, own]);
});

t.test('the first that can be served, else the last', async (t) => {
  const state = t.testdir({ ca: { issued: { 'default.pem': '', 'default.key': '' } } });
  const found = (): string => filesOf('default', acmePlan(), state).cert.slice(state.length);
  t.equal(found(), '/ca/issued/default.pem');
  mkdirSync(join(state, 'acme'));
  writeFileSync(join(state, 'acme/default.key'), '');
  t.equal(found(), '/ca/issued/default.pem');
  writeFileSync(join(state, 'acme/default.pem'), '');
  t.equal(found(), '/ca/issued/default.pem', 'one that is no pair is passed over');
  t.equal(filesOf('other', acmePlan(), state).cert, join(state, 'ca/issued/other.pem'));
  t.match(filesOf('default', files, state), { cert: '/a/cert.pem', key: '/b/key.pem' });
});

const valid = { notBefore: Date.now() - dayMs, notAfter: Date.now() + 90 * dayMs };
const made = make({ names: ['www.example', '192.0.2.1'], ...valid });

function writePair(t: Test, { cert, key } = made): PairFiles {
  const folder = t.testdir({ 'a.pem': cert, 'a.key': key.pem });
  return { cert: join(folder, 'a.pem'), key: join(folder, 'a.key') };
}

const planKinds: readonly CertificatePlan[] = [files, selfSigned, acmePlan()];

t.test('a pair of plain files is read, whatever it is for', async (t) => {
  const pair = writePair(t);
  for (const plan of planKinds) {
    t.same(readCandidate(pair, plan), { cert: made.cert, key: made.key.pem }, plan.kind);
    t.equal(isWhole(pair, plan), true);
  }
});

t.test('a public one has to be for all names that were asked for, and no authority', async (t) => {
  const pair = writePair(t);
  for (const [names, expected] of [
    [['www.example'], true],
    [['WWW.example', '192.0.2.1'], true],
    [['192.0.2.1'], true],
    [['example'], false],
    [['other.www.example'], false],
    [['www.example', 'mail.example'], false],
    [['192.0.2.2'], false],
  ] as const)
    t.equal(isWhole(pair, acmePlan({ names })), expected, names.join(' '));
  t.throws(() => readCandidate(pair, acmePlan({ names: ['mail.example', 'www.example'] })), {
    message: `${pair.cert} is not a certificate for mail.example www.example`,
  });
  t.equal(isWhole(pair, selfSigned), true, 'the administrator’s and the local authority’s are what they are');

  const named = make({ subject: { commonName: 'www.example' }, ...valid });
  t.equal(isWhole(writePair(t, named), acmePlan()), false, 'the subject does not count');
  const authority = make({ names: ['www.example'], authority: { pathLength: 0 }, ...valid });
  t.equal(isWhole(writePair(t, authority), acmePlan()), false);
  t.equal(isWhole(writePair(t, makeAuthority('www.example')), acmePlan()), false);
});

t.test('links are for the administrator', async (t) => {
  for (const [how, half] of [
    ['symbolic', 'cert'],
    ['symbolic', 'key'],
    ['hard', 'cert'],
    ['hard', 'key'],
  ] as const) {
    const pair = writePair(t);
    renameSync(pair[half], `${pair[half]}.far`);
    (how === 'hard' ? linkSync : symlinkSync)(`${pair[half]}.far`, pair[half]);
    t.same(
      planKinds.map((plan) => isWhole(pair, plan)),
      [true, false, false],
      `${how} ${half}`,
    );
    const message = how === 'hard' ? `${pair[half]} has another name as well` : `${pair[half]} is a symbolic link`;
    t.throws(() => readCandidate(pair, acmePlan()), { message });
  }
});

t.test('what is missing or too large is told by name', async (t) => {
  const pair = writePair(t);
  const gone = { ...pair, key: `${pair.key}.gone` };
  t.throws(() => readCandidate(gone, files), { code: 'ENOENT', message: `there is no file ${gone.key}` });
  writeFileSync(pair.cert, made.cert.padEnd(1024 ** 2));
  t.equal(isWhole(pair, files), true);
  writeFileSync(pair.cert, made.cert.padEnd(1024 ** 2 + 1));
  t.throws(() => readCandidate(pair, files), { message: `${pair.cert} is larger than 1048576 bytes` });
});
