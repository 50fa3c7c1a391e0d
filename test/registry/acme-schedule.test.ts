import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { AcmeError } from '../../src/certificates/acme/acme-error.ts';
import { jitterOf, renewAt } from '../../src/certificates/acme/renewal.ts';
import { createAcmeSchedule, type AcmeSchedule } from '../../src/registry/acme-schedule.ts';
import { dayMs, make, noon, type Made } from '../certificates/made.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

interface Bench {
  readonly schedule: AcmeSchedule;
  readonly folder: string;
  /** As another process would see it. */
  again(...names: string[]): AcmeSchedule;
  keep(made: Made, key?: string): void;
}

function setUp(t: Test): Bench {
  const folder = t.testdir({});
  const again = (...names: string[]): AcmeSchedule =>
    createAcmeSchedule(folder, 'public', names.length === 0 ? ['a.example'] : names);
  return {
    folder,
    again,
    schedule: again(),
    keep({ cert, key }, keyText = key.pem) {
      writeFileSync(join(folder, 'public.pem'), cert);
      writeFileSync(join(folder, 'public.key'), keyText);
    },
  };
}

const certificate = make({ names: ['a.example'] });
const due = renewAt(
  { notBefore: noon - dayMs, notAfter: noon + 10 * dayMs },
  jitterOf(certificate.certificate.fingerprint256),
);

t.test('where there is none, it is due', async (t) => {
  t.equal(setUp(t).schedule.dueAt(noon), 0);
});

t.test('one that is good is due when a third of its life is left', async (t) => {
  const { schedule, keep } = setUp(t);
  keep(certificate);
  t.equal(schedule.dueAt(noon), due);
  t.ok(due > noon + 6 * dayMs && due < noon + 7 * dayMs);
});

t.test('half of one, another’s key, other names or nonsense is none', async (t) => {
  const { schedule, keep, folder, again } = setUp(t);
  keep(certificate);
  t.equal(again('b.example').dueAt(noon), 0);
  t.equal(again('a.example', 'b.example').dueAt(noon), 0);
  t.equal(again('A.example.').dueAt(noon), due, 'another spelling');
  rmSync(join(folder, 'public.key'));
  t.equal(schedule.dueAt(noon), 0);
  keep(certificate, make().key.pem);
  t.equal(schedule.dueAt(noon), 0);
  writeFileSync(join(folder, 'public.pem'), 'nonsense');
  t.equal(schedule.dueAt(noon), 0);
  rmSync(join(folder, 'public.pem'));
  mkdirSync(join(folder, 'public.pem'));
  t.equal(schedule.dueAt(noon), 0);
});

t.test('after a success there is an hour of rest, whatever came', async (t) => {
  const { schedule, keep } = setUp(t);
  keep(make({ names: ['a.example'], notBefore: noon - 10 * dayMs, notAfter: noon + dayMs }));
  t.ok(schedule.dueAt(noon) < noon);
  schedule.succeeded(noon);
  t.equal(schedule.dueAt(noon), noon + hourMs);
});

t.test('after each failure the rest is longer, over restarts', async (t) => {
  const { schedule, again, folder } = setUp(t);
  const error = new Error('no');
  const waits = [schedule, again(), again(), again()].map((each) => {
    const until = each.failed(error, noon);
    t.equal(again().dueAt(noon), until);
    return until - noon;
  });
  for (const [index, minutes] of [1, 4, 16, 64].entries()) {
    const wait = (waits[index] ?? 0) / minuteMs;
    t.ok(wait >= minutes && wait <= minutes * 1.2, `${wait} minutes`);
  }
  t.equal(statSync(join(folder, 'public.pause')).mode & 0o777, 0o600);
  again().succeeded(noon);
  const first = again().failed(error, noon) - noon;
  t.ok(first <= 1.2 * minuteMs, 'a success begins anew');
});

t.test('why it failed is noted down, not at any length', async (t) => {
  const { schedule, folder } = setUp(t);
  schedule.failed(new Error('x'.repeat(10_000)), noon);
  const { reason } = JSON.parse(readFileSync(join(folder, 'public.pause'), 'utf8')) as { reason: string };
  t.equal(reason, 'x'.repeat(500));
});

t.test('an authority that asks for more time gets it', async (t) => {
  const { schedule } = setUp(t);
  const until = schedule.failed(new AcmeError('too many', { retryAfterMs: 2 * dayMs }), noon);
  t.ok(until >= noon + 2 * dayMs);
  t.equal(schedule.dueAt(noon), until);
});

t.test('a certificate that runs out soon is not left alone for long', async (t) => {
  const { schedule, keep } = setUp(t);
  keep(make({ names: ['a.example'], notBefore: noon - 10 * dayMs, notAfter: noon + 8 * hourMs }));
  for (let count = 0; count < 10; count++) schedule.failed(new Error('no'), noon);
  t.ok(schedule.dueAt(noon) <= noon + 2.4 * hourMs);
});

t.test('a pause from before the clock went back does not last', async (t) => {
  const { schedule } = setUp(t);
  schedule.failed(new Error('no'), noon + 365 * dayMs);
  t.equal(schedule.dueAt(noon), 0);
});

t.test('nor does one that nobody has written like that', async (t) => {
  const { schedule, folder } = setUp(t);
  for (const text of [
    '',
    'null',
    '7',
    '{}',
    '{"failures":-1,"until":1}',
    '{"failures":1.5,"until":1}',
    '{"failures":1,"until":"x"}',
    '{"failures":1,"until":null}',
  ]) {
    writeFileSync(join(folder, 'public.pause'), text);
    t.equal(schedule.dueAt(noon), 0, text);
  }
});

t.test('a folder that cannot be written is no reason to fall over', async (t) => {
  const schedule = createAcmeSchedule('/dev/null/acme', 'public', ['a.example']);
  schedule.succeeded(noon);
  t.ok(schedule.failed(new Error('no'), noon) > noon);
  t.equal(existsSync('/dev/null/acme'), false);
});
