import fs from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import t from 'tap';

import type { Item } from '../../../src/contract/item.ts';
import { openItem } from '../../../src/deliveries/courier/spool-item.ts';
import { itemIdOf, queuedItem, scratchSpool } from '../../support/spool.ts';

const id = itemIdOf('a');

t.test('an item can be read, as often as wanted', async (t) => {
  const { spool, put } = scratchSpool(t);
  put(id, 'hello');
  const mail = { from: 'a@example.org', to: ['b@example.org'], subject: null };
  const item = openItem(spool, queuedItem(id, { mail, account: 'alice' })) as Item;
  t.match(item, {
    id,
    service: 'drop',
    session: 'abcdefghjkmn',
    account: 'alice',
    name: `${id}.txt`,
    size: 5,
    received: 1_000,
    mail,
  });
  for (const name of ['folder', 'file', 'offset']) t.notOk(name in item, name);
  t.equal(await text(item.open()), 'hello');
  t.equal(await text(item.open()), 'hello');
});

t.test('one that shares a file is read without the others', async (t) => {
  const { spool, put, drafts } = scratchSpool(t);
  put(itemIdOf('b'), 'Ahello, world');
  const shared = { file: itemIdOf('b'), offset: 1 };
  const item = openItem(spool, queuedItem(id, shared)) as Item;
  t.equal(await text(item.open()), 'hello');
  const fd = item.openFile();
  t.equal(fs.readFileSync(fd, 'utf8'), 'hello');
  t.equal(fs.fstatSync(fd).size, 5);
  t.throws(() => fs.writeSync(fd, 'x'), { code: 'EBADF' });
  fs.closeSync(fd);
  t.same(drafts(), []);
  const empty = openItem(spool, queuedItem(id, { ...shared, offset: 13, size: 0 })) as Item;
  t.equal(await text(empty.open()), '');
  t.equal(
    openItem(spool, queuedItem(id, { ...shared, offset: 9 })),
    'its file in the spool has 13 bytes instead of 14',
  );
});

t.test('a program can be given its file', async (t) => {
  const { spool, put } = scratchSpool(t);
  put(id, 'hello');
  const item = openItem(spool, queuedItem(id)) as Item;
  const fd = item.openFile();
  t.equal(fs.readFileSync(fd, 'utf8'), 'hello');
  fs.closeSync(fd);
});

t.test('what is not as it was is told', async (t) => {
  const { spool, folder, put } = scratchSpool(t);
  t.equal(openItem(spool, queuedItem(id)), 'its file is no longer in the spool');
  put(id, 'hello!');
  t.equal(openItem(spool, queuedItem(id)), 'its file in the spool has 6 bytes instead of 5');
  fs.rmSync(join(folder, 'new', id));
  fs.symlinkSync('/etc/passwd', join(folder, 'new', id));
  t.equal(openItem(spool, queuedItem(id)), 'what lies in the spool in its place is no file');
  fs.rmSync(join(folder, 'new', id));
  fs.mkdirSync(join(folder, 'new', id));
  t.equal(openItem(spool, queuedItem(id)), 'what lies in the spool in its place is no file');
});

t.test('a link that takes its place later is not followed', async (t) => {
  const { spool, folder, put } = scratchSpool(t);
  put(id, 'hello');
  const item = openItem(spool, queuedItem(id)) as Item;
  fs.rmSync(join(folder, 'new', id));
  fs.symlinkSync('/etc/passwd', join(folder, 'new', id));
  t.throws(() => item.open(), { code: 'ELOOP' });
});
