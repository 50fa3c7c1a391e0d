import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { RegistryRequest } from '../../src/contract/registry.ts';
import { createWorkerSpool, isSpooled } from '../../src/worker/spool.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';
import { daemonPlan } from '../support/plans.ts';
import { envelope, itemIdOf, queuedItem } from '../support/spool.ts';

const uid = String(process.getuid?.() ?? 0);

function setUp(t: Test, reply: Json = true) {
  const state = t.testdir({ spool: { [uid]: { tmp: { 'a.99999999-1': 'half', b: 'not ours' }, new: {} } } });
  const asked: RegistryRequest[] = [];
  const logs: LogLine[] = [];
  const desk = createWorkerSpool({
    start: { daemon: daemonPlan({ state }), pool: 'main' },
    log: createFakeLogger(logs),
    floorWatch: { refused() {} },
    async ask(request) {
      asked.push(request);
      return reply;
    },
  });
  const names = (folder: string): string[] => fs.readdirSync(join(state, 'spool', uid, folder));
  return { state, desk: desk(['archive']), asked, logs, names };
}

async function take(desk: ReturnType<typeof setUp>['desk']): Promise<string> {
  await using draft = await desk.begin(envelope());
  await draft.write(Buffer.from('hello'));
  return (await draft.commit()).id;
}

t.test('takes things into the folder of its user, and into the queue', async (t) => {
  const { desk, asked, names } = setUp(t);
  const id = await take(desk);
  const [file] = names('new');
  t.match(asked, [{ what: 'enqueue', items: [{ item: { id, folder: uid, file, size: 5 }, deliveries: ['archive'] }] }]);
});

t.test('a registry that does not answer may have heard all the same', async (t) => {
  const { desk, names } = setUp(t, null);
  await t.rejects(take(desk), { name: 'TemporaryError', message: 'the queue of deliveries does not answer' });
  t.equal(names('new').length, 1);
});

t.test('one that cannot take it has not', async (t) => {
  const { desk, names } = setUp(t, 'the disk is full');
  await t.rejects(take(desk), {
    name: 'TemporaryError',
    message: 'the queue of deliveries cannot take it: "the disk is full"',
  });
  t.same(names('new'), []);
});

t.test('what workers before it have left is swept', async (t) => {
  const { logs, names, desk } = setUp(t);
  while (names('tmp').includes('a.99999999-1')) await take(desk);
  t.ok(names('tmp').includes('b'));
  while (logs.length === 0) await take(desk);
  t.match(logs, [{ severity: 'notice', message: 'removed what interrupted transfers had left in the spool' }]);
});

t.test('without a folder nothing can be taken in, and the worker goes on', async (t) => {
  const { desk, state } = setUp(t);
  fs.rmSync(join(state, 'spool'), { recursive: true });
  await t.rejects(take(desk), { code: 'ENOENT' });
});

t.test('whether a worker has written a file', async (t) => {
  const { state, desk, names } = setUp(t);
  await take(desk);
  const [file = ''] = names('new');
  const item = queuedItem(itemIdOf('1'), { folder: uid, file });
  t.equal(isSpooled(state, item), true);
  t.equal(isSpooled(state, { ...item, offset: 1 }), false, 'there is not so much of it');
  t.equal(isSpooled(state, { ...item, file: itemIdOf('x') }), false, 'there is none');
  const folder = join(state, 'spool', uid, 'new');
  fs.symlinkSync(join(folder, file), join(folder, itemIdOf('a')));
  t.equal(isSpooled(state, { ...item, file: itemIdOf('a') }), false, 'a link is none');
  fs.cpSync(join(state, 'spool', uid), join(state, 'spool/12345'), { recursive: true });
  t.equal(isSpooled(state, { ...item, folder: '12345' }), false, 'what lies there is not of that user');
});
