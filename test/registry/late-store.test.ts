import { mkdirSync, rmdirSync } from 'node:fs';
import { mock } from 'node:test';
import t from 'tap';

import type { Store } from '../../src/contract/store.ts';
import { createLateStore } from '../../src/registry/late-store.ts';
import { openStore } from '../../src/store/store.ts';
import { scratchFile } from '../store/scratch.ts';

/** Opens the real one as long as it may, and counts. */
function opener(): { open(file: string): Store; count: number; isDown: boolean } {
  const self = {
    count: 0,
    isDown: false,
    open(file: string): Store {
      self.count += 1;
      if (self.isDown) throw new Error('the disk is away');
      return openStore(file);
    },
  };
  return self;
}

t.test('is opened when it is first used, once', async (t) => {
  const opened = opener();
  const store = createLateStore(scratchFile(t), opened.open);
  t.teardown(store.close);
  t.equal(opened.count, 0);
  const ban = { source: '192.0.2.1', until: null, reason: 'manual', service: null, since: 1 } as const;
  await store.bans.put(ban);
  t.same(await store.bans.list(5), [ban]);
  t.equal(await store.bans.purge(5), 0);
  t.equal(await store.bans.remove('192.0.2.1'), true);
  await store.bans.replace([ban]);
  await store.failures.write({ changed: [{ source: '192.0.2.1', times: [1], keepMs: 1, keepCount: 1 }], gone: [] });
  t.equal((await store.failures.list()).length, 1);
  await store.failures.replace([]);
  t.same(await store.failures.list(), []);
  await store.journal.append([]);
  t.same(await Array.fromAsync(store.journal.entries({ since: 0, limit: 1 })), []);
  t.equal(await store.journal.prune({ before: 1, maxBytes: 1e9 }), 0);
  t.equal(opened.count, 1);
});

t.test('one that cannot be opened fails each call, and is tried again after ten seconds', async (t) => {
  let now = 0;
  mock.method(performance, 'now', () => now);
  t.teardown(() => mock.restoreAll());
  const opened = opener();
  opened.isDown = true;
  const store = createLateStore(scratchFile(t), opened.open);
  t.teardown(store.close);
  await t.rejects(store.bans.list(0), { message: 'the disk is away' });
  await t.rejects(store.failures.list(), { message: 'the disk is away' });
  await t.rejects(Array.fromAsync(store.journal.entries({ since: 0, limit: 1 })), { message: 'the disk is away' });
  t.equal(opened.count, 1);
  opened.isDown = false;
  now = 9_999;
  await t.rejects(store.bans.list(0), { message: 'the disk is away' });
  now = 10_000;
  t.same(await store.bans.list(0), []);
  t.equal(opened.count, 2);
});

t.test('says what to do about the file', async (t) => {
  const file = scratchFile(t);
  mkdirSync(file);
  t.teardown(() => rmdirSync(file));
  await t.rejects(createLateStore(file).bans.list(0), { name: 'StoreError', message: new RegExp(`^${file}: `) });
});

t.test('once closed it stays closed', async (t) => {
  const opened = opener();
  const store = createLateStore(scratchFile(t), opened.open);
  await store.bans.list(0);
  store.close();
  store.close();
  await t.rejects(store.bans.list(0), { message: 'the store is closed' });
  t.equal(opened.count, 1);
});
