process.env['TZ'] = 'Europe/Berlin';

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createRotationRule, putAside } from '../../../src/services/syslog/rotation.ts';

t.test('by size: before it would be passed, and never an empty file', async (t) => {
  const rule = createRotationRule({ size: 1024, keep: 7 });
  const state = (size: number) => ({ size, modified: 0 });
  rule.begin(state(0));
  t.equal(rule.isDue(state(1000), 24), false);
  t.equal(rule.isDue(state(1000), 25), true);
  t.equal(rule.isDue(state(0), 5000), false);
});

t.test('by age: at the end of the day, as the clock on the wall has it', async (t) => {
  // 22:59:59 UTC: in a second it is midnight.
  let now = Date.UTC(2026, 0, 1, 22, 59, 59);
  const rule = createRotationRule({ age: 86_400_000, keep: 7 }, () => now);
  const state = { size: 10, modified: now };
  rule.begin({ size: 0, modified: 0 });
  t.equal(rule.isDue(state, 1), false);
  now += 1000;
  t.equal(rule.isDue(state, 1), true);
  t.equal(rule.isDue(state, 1), true, 'until it is done');
  rule.begin({ size: 0, modified: now });
  t.equal(rule.isDue({ ...state, modified: now }, 1), false);
});

t.test('by age: a file from before a restart, and an empty one', async (t) => {
  const now = Date.UTC(2026, 0, 2, 12);
  const rule = createRotationRule({ age: 86_400_000, keep: 7 }, () => now);
  const yesterday = { size: 10, modified: now - 86_400_000 };
  rule.begin(yesterday);
  t.equal(rule.isDue(yesterday, 1), true);
  rule.begin({ size: 0, modified: now - 86_400_000 });
  t.equal(rule.isDue({ size: 0, modified: 0 }, 1), false);
  t.equal(rule.isDue({ size: 10, modified: now }, 1), false);
});

t.test('names move on, and the last goes', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'log');
  const state = (): Record<string, string> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  for (const text of ['a', 'b', 'c', 'd']) {
    writeFileSync(path, text);
    await putAside(path, 3);
    t.notOk(existsSync(path));
  }
  t.same(state(), { 'log.1': 'd', 'log.2': 'c', 'log.3': 'b' });
});

t.test('a gap is filled', async (t) => {
  const folder = t.testdir({ log: 'new', 'log.1': 'a', 'log.3': 'c' });
  await putAside(join(folder, 'log'), 3);
  t.same(
    ['log.1', 'log.2', 'log.3'].map((name) => readFileSync(join(folder, name), 'utf8')),
    ['new', 'a', 'c'],
  );
});
