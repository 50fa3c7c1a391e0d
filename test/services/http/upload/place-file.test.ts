import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { TakenError } from '../../../../src/contract/delivery.ts';
import { placeFile } from '../../../../src/services/http/upload/place-file.ts';

function folder(t: Test, files: Record<string, string | Record<string, string>> = {}) {
  const path = t.testdir({ temporary: 'new', ...files });
  return {
    place: (replaces: boolean, more: object = {}) =>
      placeFile({ temporary: join(path, 'temporary'), path: join(path, 'a'), replaces, ...more }),
    files: () =>
      Object.fromEntries(fs.readdirSync(path).map((name) => [name, fs.readFileSync(join(path, name), 'utf8')])),
  };
}

const none = { makeLink: () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' })) };

for (const [what, more] of [
  ['with hard links', {}],
  ['without', none],
] as const) {
  t.test(what, async (t) => {
    t.test('a place that is free', async (t) => {
      for (const replaces of [true, false]) {
        const { place, files } = folder(t);
        t.equal(await place(replaces, more), false);
        t.same(files(), { a: 'new' });
      }
    });
    t.test('a place that is taken', async (t) => {
      const { place, files } = folder(t, { a: 'old' });
      await t.rejects(place(false, more), TakenError);
      t.same(files(), { a: 'old', temporary: 'new' });
      t.equal(await place(true, more), true);
      t.same(files(), { a: 'new' });
    });
    t.test('a folder', async (t) => {
      const { place } = folder(t, { a: {} });
      await t.rejects(place(false, more), TakenError);
      await t.rejects(place(true, more), TakenError);
    });
  });
}

t.test('whatever else goes wrong', async (t) => {
  const { place } = folder(t);
  const makeLink = () => Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' }));
  await t.rejects(place(true, { makeLink }), { code: 'EIO' });
});
