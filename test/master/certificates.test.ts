import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { mock } from 'node:test';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { CertificatePairs } from '../../src/contract/channel.ts';
import type { CertificateFiles, CertificatePlan, SelfSignedPlan } from '../../src/contract/plan.ts';
import { createCertificates, type CertificatePlans, type Certificates } from '../../src/master/certificates.ts';
import { dayMs, make } from '../certificates/made.ts';
import { pem } from '../config/pem.ts';
import { acmePlan } from '../support/plans.ts';

const www = ((): { cert: string; key: string } => {
  const [notBefore, notAfter] = [Date.now() - dayMs, Date.now() + 90 * dayMs];
  const { cert, key } = make({ names: ['www.example'], notBefore, notAfter });
  return { cert, key: key.pem };
})();
const good = { cert: pem.goodCert, key: pem.goodKey };
const other = { cert: pem.otherCert, key: pem.otherKey };

function makeFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A pair of files in a folder of its own. */
function writePair(t: Test, pair: { cert: string; key: string } = good): CertificateFiles {
  const folder = makeFolder(t);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  write(files, pair);
  return { kind: 'files', ...files, passphrase: null };
}

function write(files: { cert: string; key: string }, pair: { cert: string; key: string }): void {
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
}

const plansOf = (
  certificates: Readonly<Record<string, CertificatePlan>>,
  state = '/dev/null/state',
): CertificatePlans => ({ certificates, daemon: { state } });

const selfSigned = (...names: string[]): SelfSignedPlan => ({ kind: 'self_signed', names, command: [] });

interface Watch {
  /** The next pairs. */
  changed(): Promise<CertificatePairs>;
  /** The next reason. */
  failed(): Promise<string>;
  readonly all: string[];
  /** Names and files of what was made before. */
  readonly made: readonly [string | null, string][];
}

/** As the daemon does it: what the workers start with is loaded first. */
function watch(t: Test, certificates: Certificates, plans: CertificatePlans): Watch {
  const changes = createQueue<CertificatePairs>();
  const failures = createQueue<string>();
  const all: string[] = [];
  const made: [string | null, string][] = [];
  certificates.load(plans);
  certificates.watch(plans, {
    changed(pairs, names) {
      all.push(`changed ${names.join(' ')}`);
      changes.put(pairs);
    },
    issued: ({ name, file }) => void made.push([name, basename(file)]),
    failed(name, reason) {
      all.push(`${name}: ${reason}`);
      failures.put(reason);
    },
  });
  t.teardown(() => certificates.close());
  return { changed: changes.take, failed: failures.take, all, made };
}

function createQueue<T>(): { put(item: T): void; take(): Promise<T> } {
  const items: T[] = [];
  let wake: (() => void) | null = null;
  return {
    put(item) {
      items.push(item);
      wake?.();
    },
    async take() {
      while (items.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return items.shift() as T;
    },
  };
}

/** Resolves when the settling times of what has been written so far are over: a file that is watched here as well tells. */
async function settled(t: Test): Promise<void> {
  const certificates = createCertificates();
  const files = writePair(t);
  const { changed } = watch(t, certificates, plansOf({ marker: files }));
  write(files, other);
  await changed();
}

// The watchers do not keep the process running, so the waiting tests have to.
const running = setInterval(() => {}, 60_000);
t.teardown(() => clearInterval(running));

t.test('reads every pair', async (t) => {
  const plans = plansOf({ default: writePair(t), public: writePair(t, other) });
  t.same(createCertificates().load(plans), { default: good, public: other });
});

t.test('reads an encrypted key, and hands on one that is not', async (t) => {
  const key = createPrivateKey(pem.goodKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  const files = { ...writePair(t, { cert: pem.goodCert, key }), passphrase: 'secret' };
  const certificates = createCertificates();
  t.throws(() => certificates.load(plansOf({ default: { ...files, passphrase: null } })), {
    message: `${files.key} holds an encrypted key, and there is no passphrase for it`,
  });
  t.throws(() => certificates.load(plansOf({ default: { ...files, passphrase: 'wrong' } })), {
    message: `${files.key} cannot be decrypted: the passphrase is wrong`,
  });
  t.same(certificates.load(plansOf({ default: files })), { default: good });
});

t.test('says which file cannot be read', async (t) => {
  const files = writePair(t);
  rmSync(files.key);
  t.throws(() => createCertificates().load(plansOf({ default: files })), { code: 'ENOENT', message: files.key });
});

t.test('refuses a key of another certificate', async (t) => {
  const files = writePair(t, { cert: pem.goodCert, key: pem.otherKey });
  const certificates = createCertificates();
  const message = `${files.key} does not hold the key of the certificate in ${files.cert}`;
  t.equal(certificates.errorOf('default'), null);
  t.throws(() => certificates.load(plansOf({ default: files })), { message });
  t.equal(certificates.errorOf('default'), message);
  write(files, good);
  certificates.load(plansOf({ default: files }));
  t.equal(certificates.errorOf('default'), null);
});

t.test('a pair that was whole once is as it was while it cannot be read', async (t) => {
  const certificates = createCertificates();
  const files = { default: writePair(t), public: writePair(t) };
  certificates.load(plansOf(files));
  rmSync(files.default.cert);
  write(files.public, other);
  t.same(certificates.load(plansOf(files)), { default: good, public: other });
});

t.test('a pair of the same name in other files is another one', async (t) => {
  const certificates = createCertificates();
  certificates.load(plansOf({ default: writePair(t) }));
  const broken = writePair(t, { cert: 'nonsense', key: pem.goodKey });
  t.throws(() => certificates.load(plansOf({ default: broken })), { message: /holds no certificate in PEM form/ });
});

t.test('when certificates end', async (t) => {
  const certificates = createCertificates();
  const plans = plansOf({ default: writePair(t) });
  t.same([...certificates.expiries(plans)], [], 'nothing was read yet');
  certificates.load(plans);
  t.same([...certificates.expiries(plans)], [['default', Date.parse(new X509Certificate(good.cert).validTo) / 1000]]);
});

t.test('files that change', async (t) => {
  t.test('notices a file that another one was renamed over', async (t) => {
    const certificates = createCertificates();
    const files = writePair(t);
    const { changed } = watch(t, certificates, plansOf({ default: files }));
    for (const [file, text] of [
      [files.cert, pem.otherCert],
      [files.key, pem.otherKey],
    ] as const) {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    }
    t.same(await changed(), { default: other });
    write(files, good);
    t.same(await changed(), { default: good }, 'and what is written into the new file');
  });

  t.test('half a pair changes nothing until the other half is there, and is told once', async (t) => {
    const certificates = createCertificates();
    const files = writePair(t);
    const plans = plansOf({ default: files });
    const { changed, failed, all } = watch(t, certificates, plans);
    const reason = `${files.key} does not hold the key of the certificate in ${files.cert}`;
    writeFileSync(files.cert, pem.otherCert);
    t.equal(await failed(), reason);
    t.same(certificates.load(plans), { default: good });
    writeFileSync(files.cert, pem.otherCert);
    await settled(t);
    writeFileSync(files.key, pem.otherKey);
    t.same(await changed(), { default: other });
    t.same(all, [`default: ${reason}`, 'changed default']);
  });

  t.test('a broken pair does not keep the others from being renewed', async (t) => {
    const certificates = createCertificates();
    const files = { broken: writePair(t), fine: writePair(t) };
    const { changed, failed } = watch(t, certificates, plansOf(files));
    writeFileSync(files.broken.cert, 'nonsense');
    await failed();
    write(files.fine, other);
    t.same(await changed(), { broken: good, fine: other });
  });

  t.test('a new plan ends the watch of the one before', async (t) => {
    const certificates = createCertificates();
    const [before, after] = [writePair(t), writePair(t)];
    const old = watch(t, certificates, plansOf({ default: before }));
    const now = watch(t, certificates, plansOf({ default: after }));
    write(before, other);
    write(after, other);
    t.same(await now.changed(), { default: other });
    t.same(old.all, []);
  });

  t.test('what changed just before a reload is not lost: workers that are kept still have the old one', async (t) => {
    const certificates = createCertificates();
    const files = writePair(t);
    const plans = plansOf({ default: files });
    const before = watch(t, certificates, plans);
    write(files, other);
    const after = watch(t, certificates, plans);
    t.same(after.all, ['changed default']);
    t.same(await after.changed(), { default: other });
    t.same(before.all, []);
  });

  t.test('nor what changed while the first workers were starting', async (t) => {
    const certificates = createCertificates();
    const files = writePair(t);
    const plans = plansOf({ default: files });
    certificates.load(plans);
    write(files, other);
    t.same(watch(t, certificates, plans).all, ['changed default']);
  });

  t.test('other files of a new plan are no news', async (t) => {
    const certificates = createCertificates();
    watch(t, certificates, plansOf({ default: writePair(t) }));
    t.same(watch(t, certificates, plansOf({ default: writePair(t, other) })).all, []);
  });
});

t.test('the local authority', async (t) => {
  t.test('issues what is wanted of it, once', async (t) => {
    const certificates = createCertificates();
    const state = makeFolder(t);
    const plans = plansOf({ default: selfSigned('localhost', '127.0.0.1') }, state);
    t.throws(() => certificates.load(plans), { code: 'ENOENT' });
    await certificates.prepare(plans);
    const { default: pair } = certificates.load(plans);
    t.match(new X509Certificate(pair?.cert ?? '').subjectAltName, /DNS:localhost/);
    t.equal(statSync(join(state, 'ca/issued/default.key')).mode & 0o777, 0o600);
    t.equal(statSync(join(state, 'ca/ca.key')).mode & 0o777, 0o600);
    await certificates.prepare(plans);
    t.same(certificates.load(plans), { default: pair });
    await certificates.prepare(plansOf({ default: selfSigned('www.example') }, state));
    t.not(certificates.load(plans)['default']?.cert, pair?.cert, 'other names are another certificate');
  });

  t.test('that cannot be used is a reason not to start', async (t) => {
    const state = makeFolder(t);
    mkdirSync(join(state, 'ca'));
    writeFileSync(join(state, 'ca/ca.pem'), 'nonsense');
    writeFileSync(join(state, 'ca/ca.key'), 'nonsense');
    await t.rejects(createCertificates().prepare(plansOf({ default: selfSigned('localhost') }, state)), {
      name: 'ExitError',
      code: 78,
      message: /ca\.pem/,
    });
  });

  t.test('renews when it is asked to, and that is noticed', async (t) => {
    const certificates = createCertificates();
    const state = makeFolder(t);
    const plans = plansOf(
      { one: selfSigned('one.example'), two: selfSigned('two.example'), mine: writePair(t) },
      state,
    );
    await certificates.prepare(plans);
    const before = certificates.load(plans);
    const { changed, all } = watch(t, certificates, plans);
    t.same(await certificates.renew(plans, ['two', 'mine']), ['two']);
    const after = await changed();
    t.equal(after['one']?.cert, before['one']?.cert);
    t.not(after['two']?.cert, before['two']?.cert);
    t.same(await certificates.renew(plans, []), ['one', 'two']);
    await changed();
    t.same(all, ['changed two', 'changed one two']);
    t.equal(
      new X509Certificate(certificates.load(plans)['two']?.cert ?? '').issuer,
      new X509Certificate(readFileSync(join(state, 'ca/ca.pem'), 'utf8')).subject,
    );
  });

  t.test('stands in for a public one until that has issued', async (t) => {
    const certificates = createCertificates();
    const state = makeFolder(t);
    const plans = plansOf({ public: acmePlan({ names: ['www.example'] }) }, state);
    await certificates.prepare(plans);
    const standIn = certificates.load(plans);
    t.match(new X509Certificate(standIn['public']?.cert ?? '').subjectAltName, 'DNS:www.example');
    mkdirSync(join(state, 'acme'));
    const { changed } = watch(t, certificates, plans);
    // The key comes first, as it is written.
    writeFileSync(join(state, 'acme/public.key'), www.key);
    await settled(t);
    t.same(certificates.load(plans), standIn, 'half of it is nothing');
    writeFileSync(join(state, 'acme/public.pem'), www.cert);
    t.same(await changed(), { public: www });
    writeFileSync(join(state, 'acme/public.pem'), 'nonsense');
    t.same(await changed(), standIn, 'better than none');
  });

  t.test('is not displaced by a public pair for other names: others can write that folder', async (t) => {
    const certificates = createCertificates();
    const state = makeFolder(t);
    const plans = plansOf({ public: acmePlan({ names: ['www.example', 'mail.example'] }) }, state);
    await certificates.prepare(plans);
    const standIn = certificates.load(plans);
    mkdirSync(join(state, 'acme'));
    for (const pair of [www, good]) {
      write({ cert: join(state, 'acme/public.pem'), key: join(state, 'acme/public.key') }, pair);
      t.same(certificates.load(plans), standIn);
    }
  });

  t.test('looks every hour whether something has to be renewed', async (t) => {
    const state = makeFolder(t);
    const plans = plansOf({ default: selfSigned('localhost') }, state);
    const certificates = createCertificates();
    await certificates.prepare(plans);
    mock.timers.enable({ apis: ['setInterval'] });
    t.teardown(() => {
      mock.timers.reset();
      mock.restoreAll();
    });
    const { all } = watch(t, certificates, plans);
    mock.timers.tick(3_600_000);
    for (let round = 0; round < 20; round++) await turn();
    t.same(all, [], 'there is time');
    // The clock is set, or the machine has slept.
    const later = Date.now() + 80 * 86_400_000;
    mock.method(Date, 'now', () => later);
    mock.timers.tick(3_600_000);
    while (all.length === 0) await turn();
    t.same(all, ['changed default']);
  });
});

t.test('what was made before anybody watched is told once: the authority, then its certificates', async (t) => {
  const state = makeFolder(t);
  const certificates = createCertificates();
  const plans = plansOf({ default: selfSigned('localhost'), mine: writePair(t) }, state);
  await certificates.prepare(plans);
  const { made, all } = watch(t, certificates, plans);
  t.same(made, [
    [null, 'ca.pem'],
    ['default', 'default.pem'],
  ]);
  t.same(watch(t, certificates, plans).made, []);
  const more = plansOf({ default: selfSigned('localhost', 'more.lan'), other: selfSigned('localhost') }, state);
  await certificates.prepare(more);
  const later = watch(t, certificates, more);
  t.same(later.made, [['other', 'other.pem']]);
  t.same([...all, ...later.all], ['changed default'], 'others have had it before');
});
