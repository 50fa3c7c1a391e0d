import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createAccountLock } from '../../../src/services/imap/account-lock.ts';
import { maxMailboxes, openMailStore, type MailStore } from '../../../src/services/imap/mail-store.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { alice, makeMaildir } from './stage.ts';

async function storeAt(path: string, quota: number | null = null): Promise<MailStore> {
  const lock = createAccountLock(createFakeBuses(1)[0]!);
  return openMailStore({ account: { ...alice, quota }, path, lock });
}

async function setUp(t: Test): Promise<{ store: MailStore; path: string }> {
  const path = join(t.testdir({}), 'mail/alice');
  return { store: await storeAt(path), path };
}

t.test('mailboxes are folders', async (t) => {
  const { store, path } = await setUp(t);
  t.same(await store.names(), ['INBOX']);
  t.equal(await store.create('A.B'), null);
  t.equal(await store.create('A.B'), 'exists');
  t.equal(await store.create('INBOX'), 'exists');
  t.same(await store.names(), ['INBOX', 'A', 'A.B']);
  t.same(fs.readdirSync(join(path, '.A.B')).sort(), ['cur', 'maildirfolder', 'new', 'tmp']);
  t.equal(await store.remove('A'), null);
  t.equal(await store.remove('A'), 'absent');
  t.equal(await store.remove('INBOX'), 'inbox');
  t.same(await store.names(), ['INBOX', 'A.B'], 'what is below it stays');
  t.same(fs.readdirSync(join(path, 'tmp')), []);

  await t.test('and nothing else is one', async (t) => {
    fs.symlinkSync('/', join(path, '.Root'));
    fs.mkdirSync(join(path, '.a..b'));
    fs.writeFileSync(join(path, '.file'), '');
    t.same(await store.names(), ['INBOX', 'A.B']);
  });
});

t.test('renaming', async (t) => {
  const { store, path } = await setUp(t);
  for (const name of ['A.B.C', 'AB', 'Z']) await store.create(name);
  t.equal(await store.rename('A', 'Z'), 'exists');
  t.equal(await store.rename('A', 'A.B.D'), 'exists', 'not below itself');
  t.equal(await store.rename('nobody', 'X'), 'absent');
  t.equal(await store.rename('A', 'X.Y'), null);
  t.same(await store.names(), ['INBOX', 'AB', 'X', 'X.Y', 'X.Y.B', 'X.Y.B.C', 'Z']);
  await t.test('the INBOX moves its messages', async (t) => {
    makeMaildir(path, { 'new/1.a': 'x', 'cur/2.b:2,S': 'y' });
    t.equal(await store.rename('INBOX', 'Z'), 'exists');
    t.equal(await store.rename('INBOX', 'Old'), null);
    t.same((await store.folder('INBOX').look())?.files, []);
    t.same(
      (await store.folder('Old').look())?.files.map(({ uid, place }) => [uid, /:2,.*$/.exec(place.name)?.[0]]),
      [
        [1, ':2,'],
        [2, ':2,S'],
      ],
    );
  });
});

t.test('a mailbox that is made anew is another one', async (t) => {
  const { store } = await setUp(t);
  await store.create('A');
  const first = (await store.folder('A').look())?.validity ?? 0;
  await store.remove('A');
  await store.create('A');
  t.ok(((await store.folder('A').look())?.validity ?? 0) > first);
});

t.test('subscriptions are kept', async (t) => {
  const { store, path } = await setUp(t);
  await store.subscribe('Entw\u00fcrfe', true);
  await store.subscribe('INBOX', true);
  await store.subscribe('INBOX', true);
  t.equal(fs.readFileSync(join(path, 'subscriptions'), 'utf8'), 'Entw&APw-rfe\nINBOX\n');
  t.same([...(await (await storeAt(path)).subscriptions())], ['Entw\u00fcrfe', 'INBOX']);
  await store.subscribe('INBOX', false);
  t.same([...(await store.subscriptions())], ['Entw\u00fcrfe']);
});

t.test('not too many', async (t) => {
  const { store, path } = await setUp(t);
  for (let count = 2; count < maxMailboxes; count += 1) fs.mkdirSync(join(path, `.x${count}`));
  t.equal(await store.create('a.b'), 'too many');
  t.equal(await store.create('a'), null);
  t.equal(await store.create('b'), 'too many');
});

t.test('room', async (t) => {
  const { path } = await setUp(t);
  makeMaildir(path, { 'new/1.a,S=100': '', 'cur/2.b:2,S': '12345' });
  makeMaildir(join(path, '.Sent'), { 'cur/3.c,S=7,W=9:2,': '' });
  t.equal(await (await storeAt(path, 1_000)).room(), 888);
  t.equal(await (await storeAt(path)).room(), null);
});
