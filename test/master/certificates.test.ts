import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import type { CertificatePairs } from '../../src/contract/channel.ts';
import type { CertificatePlan } from '../../src/contract/plan.ts';
import { createCertificates, type Certificates } from '../../src/master/certificates.ts';
import { pem } from '../config/pem.ts';

const good = { cert: pem.goodCert, key: pem.goodKey };
const other = { cert: pem.otherCert, key: pem.otherKey };

/** A pair of files in a folder of its own. */
function writePair(t: Test, pair: { cert: string; key: string } = good): CertificatePlan {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  return files;
}

interface Watch {
  /** The next pairs. */
  changed(): Promise<CertificatePairs>;
  /** The next reason. */
  failed(): Promise<string>;
  readonly all: string[];
}

function watch(t: Test, certificates: Certificates, plan: Readonly<Record<string, CertificatePlan>>): Watch {
  const changes = createQueue<CertificatePairs>();
  const failures = createQueue<string>();
  const all: string[] = [];
  certificates.watch(
    plan,
    (pairs) => {
      all.push(`changed ${Object.keys(pairs).join(' ')}`);
      changes.put(pairs);
    },
    (reason) => {
      all.push(reason);
      failures.put(reason);
    },
  );
  t.teardown(() => certificates.close());
  return { changed: changes.take, failed: failures.take, all };
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

// The watchers do not keep the process running, so the waiting tests have to.
const running = setInterval(() => {}, 60_000);
t.teardown(() => clearInterval(running));

t.test('reads every pair', async (t) => {
  const plan = { default: writePair(t), public: writePair(t, other) };
  t.same(createCertificates().load(plan), { default: good, public: other });
});

t.test('says which file cannot be read', async (t) => {
  const files = writePair(t);
  rmSync(files.key);
  t.throws(() => createCertificates().load({ default: files }), { code: 'ENOENT', message: files.key });
});

t.test('refuses a key of another certificate', async (t) => {
  const files = writePair(t, { cert: pem.goodCert, key: pem.otherKey });
  t.throws(() => createCertificates().load({ default: files }), {
    message: `${files.key} is not the key of ${files.cert}`,
  });
});

t.test('a pair that was whole once is as it was while it cannot be read', async (t) => {
  const certificates = createCertificates();
  const plan = { default: writePair(t), public: writePair(t) };
  certificates.load(plan);
  rmSync(plan.default.cert);
  writeFileSync(plan.public.cert, pem.otherCert);
  writeFileSync(plan.public.key, pem.otherKey);
  t.same(certificates.load(plan), { default: good, public: other });
});

t.test('notices a file that another one was renamed over', async (t) => {
  const certificates = createCertificates();
  const files = writePair(t);
  const { changed } = watch(t, certificates, { default: files });
  for (const [file, text] of [
    [files.cert, pem.otherCert],
    [files.key, pem.otherKey],
  ] as const) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  t.same(await changed(), { default: other });
  writeFileSync(files.cert, pem.goodCert);
  writeFileSync(files.key, pem.goodKey);
  t.same(await changed(), { default: good }, 'and what is written into the new file');
});

t.test('half a pair changes nothing until the other half is there', async (t) => {
  const certificates = createCertificates();
  const files = writePair(t);
  const { changed, failed, all } = watch(t, certificates, { default: files });
  writeFileSync(files.cert, pem.otherCert);
  t.equal(await failed(), `${files.key} is not the key of ${files.cert}`);
  t.same(certificates.load({ default: files }), { default: good });
  writeFileSync(files.key, pem.otherKey);
  t.same(await changed(), { default: other });
  t.same(all, [`${files.key} is not the key of ${files.cert}`, 'changed default']);
});

t.test('a broken pair does not keep the others from being renewed', async (t) => {
  const certificates = createCertificates();
  const plan = { broken: writePair(t), fine: writePair(t) };
  certificates.load(plan);
  const { changed, failed } = watch(t, certificates, plan);
  writeFileSync(plan.broken.cert, 'nonsense');
  await failed();
  writeFileSync(plan.fine.cert, pem.otherCert);
  writeFileSync(plan.fine.key, pem.otherKey);
  t.same(await changed(), { broken: good, fine: other });
});

t.test('a new plan ends the watch of the one before', async (t) => {
  const certificates = createCertificates();
  const [before, after] = [writePair(t), writePair(t)];
  const old = watch(t, certificates, { default: before });
  const now = watch(t, certificates, { default: after });
  for (const files of [before, after]) {
    writeFileSync(files.cert, pem.otherCert);
    writeFileSync(files.key, pem.otherKey);
  }
  t.same(await now.changed(), { default: other });
  t.same(old.all, []);
});
