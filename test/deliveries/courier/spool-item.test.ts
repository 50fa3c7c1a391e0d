import fs from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import t from 'tap';

import type { Item } from '../../../src/contract/item.ts';
import { openItem, pathOf } from '../../../src/deliveries/courier/spool-item.ts';
import { itemIdOf, queuedItem, scratchSpool } from '../../support/spool.ts';

const id = itemIdOf('a');

t.test('an item can be read, as often as wanted', async (t) => {
  const { spool, put } = scratchSpool(t);
  put(id, 'hello');
  const mail = { from: 'a@example.org', to: ['b@example.org'], subject: null };
  const item = (await openItem(spool, queuedItem(id, { mail, account: 'alice' }))) as Item;
  t.match(item, {
    id,
    service: 'drop',
    session: 'abcdefghjkmn',
    account: 'alice',
    name: `${id}.txt`,
    size: 5,
    received: 1_000,
    mail,
    path: pathOf(spool, queuedItem(id)),
  });
  t.notOk('folder' in item);
  t.equal(await text(item.open()), 'hello');
  t.equal(await text(item.open()), 'hello');
});

t.test('what is not as it was is told', async (t) => {
  const { spool, folder, put } = scratchSpool(t);
  t.equal(await openItem(spool, queuedItem(id)), 'its file is no longer in the spool');
  put(id, 'hello!');
  t.equal(await openItem(spool, queuedItem(id)), 'its file in the spool has 6 bytes instead of 5');
  fs.rmSync(join(folder, 'new', id));
  fs.symlinkSync('/etc/passwd', join(folder, 'new', id));
  t.equal(await openItem(spool, queuedItem(id)), 'what lies in the spool in its place is no file');
  fs.rmSync(join(folder, 'new', id));
  fs.mkdirSync(join(folder, 'new', id));
  t.equal(await openItem(spool, queuedItem(id)), 'what lies in the spool in its place is no file');
});

t.test('a link that takes its place later is not followed', async (t) => {
  const { spool, folder, put } = scratchSpool(t);
  put(id, 'hello');
  const item = (await openItem(spool, queuedItem(id))) as Item;
  fs.rmSync(join(folder, 'new', id));
  fs.symlinkSync('/etc/passwd', join(folder, 'new', id));
  t.throws(() => item.open(), { code: 'ELOOP' });
});
