import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import t, { type Test } from 'tap';

import { NoSpaceError, UnfitNameError } from '../../src/contract/delivery.ts';
import type { NewItem, QueuedItem } from '../../src/contract/queue.ts';
import { createSpool, type SpoolOptions } from '../../src/deliveries/desk.ts';
import { itemId } from '../../src/wire/item-id.ts';
import { ownMark } from '../../src/system/process-mark.ts';
import { sweepDrafts } from '../../src/deliveries/spool/sweep.ts';
import { openStore } from '../../src/store/store.ts';
import { recordOf } from '../accounts/records.ts';
import { envelope, scratchSpool, watchFiles } from '../support/spool.ts';

function setUp(t: Test, more: Partial<SpoolOptions> = {}, files = watchFiles()) {
  const scratch = scratchSpool(t);
  const questions: (readonly NewItem[])[] = [];
  const spool = createSpool({
    files,
    folder: scratch.folder,
    folderName: scratch.folderName,
    floor: 0,
    enqueue: async (items) => void questions.push(items),
    now: () => 1_000,
    ...more,
  });
  return { ...scratch, desk: spool.desk(['archive']), questions, done: files.done };
}

const hello = Buffer.from('hello');

t.test('a thing goes where the service delivers', async (t) => {
  const { desk, questions, read, drafts, whole } = setUp(t);
  await using draft = await desk.begin(
    envelope({ account: recordOf('alice'), mediaType: 'text/plain', mailboxes: [], size: 5 }),
  );
  await draft.write(hello);
  const { id } = await draft.commit();
  t.match(id, itemId);
  const [file = ''] = whole();
  t.same(questions, [
    [
      {
        item: {
          id,
          folder: '1000',
          file,
          offset: 0,
          service: 'drop',
          session: 'abcdefghjkmn',
          account: 'alice',
          name: 'note.txt',
          mediaType: 'text/plain',
          size: 5,
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
          received: 1_000,
          mail: null,
        },
        deliveries: ['archive'],
        mailboxes: [],
      },
    ],
  ]);
  t.same([read(file), drafts()], ['hello', [`${file}.${ownMark}`]], 'more may be added to it');
});

t.test('a draft is called after its process', async (t) => {
  const { desk, drafts } = setUp(t);
  await using draft = await desk.begin(envelope());
  await draft.write(Buffer.alloc(140_000));
  t.match(drafts(), [new RegExp(`^[0-9a-z]{20}\\.${ownMark}$`)]);
});

t.test('a mail has its id for a name, and its facts', async (t) => {
  const { desk, questions } = setUp(t);
  const mail = { from: 'a@example.org', to: ['b@example.org'], subject: null };
  await using draft = await desk.begin(envelope({ name: null, mail, deliver: ['relay'], mailboxes: ['alice'] }));
  const { id, name } = await draft.commit({ mail: { ...mail, subject: 'x'.repeat(1_001) } });
  t.equal(name, `${id}.eml`);
  t.match(questions[0]?.[0], {
    item: { name, mediaType: 'message/rfc822', mail: { ...mail, subject: 'x'.repeat(1_000) } },
    deliveries: ['relay'],
    mailboxes: ['alice'],
  });
});

t.test('what has no name gets one', async (t) => {
  const { desk } = setUp(t);
  await using draft = await desk.begin(envelope({ name: null }));
  const { id, name } = await draft.commit();
  t.equal(name, id);
});

t.test('names that could lead elsewhere are refused', async (t) => {
  const { desk } = setUp(t);
  for (const name of ['', '.', '..', '../x', 'a/b', '.hidden', 'a\0b', 'a\nb', 'x'.repeat(256)])
    await t.rejects(desk.begin(envelope({ name })), UnfitNameError, JSON.stringify(name));
  const longest = await desk.begin(envelope({ name: 'x'.repeat(255) }));
  await longest[Symbol.asyncDispose]();
});

t.test('recipients are never left out: with too many of them there is no mail', async (t) => {
  const { desk } = setUp(t);
  const mail = (more: object) => envelope({ mail: { from: '', to: ['a@b'], subject: null, ...more } });
  await t.rejects(desk.begin(mail({ to: Array(10_001).fill('a@b') })), /10001 recipients/);
  await t.rejects(desk.begin(mail({ to: ['x'.repeat(1_025)] })), /address/);
  await t.rejects(desk.begin(mail({ from: 'x'.repeat(1_025) })), /address/);
  for (const fit of [mail({ to: Array(10_000).fill('a@b') }), mail({ to: ['x'.repeat(1_024)] })])
    await (await desk.begin(fit))[Symbol.asyncDispose]();
});

t.test('with nowhere to go, nothing is kept', async (t) => {
  const { desk, questions, done, whole } = setUp(t);
  await using draft = await desk.begin(envelope({ deliver: [] }));
  await draft.write(hello);
  t.match(await draft.commit(), { size: 5, name: 'note.txt' });
  t.same([questions, done, whole()], [[], [], []]);
});

t.test('below the floor nothing begins; what is announced must fit', async (t) => {
  const files = { ...watchFiles(), freeBytes: async () => 1_000 };
  const full = setUp(t, { floor: 1_001 }, files);
  await t.rejects(full.desk.begin(envelope()), NoSpaceError);
  const { desk } = setUp(t, { floor: 100 }, files);
  await t.rejects(desk.begin(envelope({ size: 901 })), NoSpaceError);
  const fits = await desk.begin(envelope({ size: 900 }));
  await fits[Symbol.asyncDispose]();
});

t.test('small things that are committed together share the file and the question', async (t) => {
  const { desk, questions, done } = setUp(t);
  const take = async (): Promise<void> => {
    await using draft = await desk.begin(envelope());
    await draft.write(hello);
    await draft.commit();
  };
  await Promise.all(Array.from({ length: 100 }, take));
  const items = questions.flat().map(({ item }) => item);
  t.equal(items.length, 100);
  const places = items.map(({ file, offset }) => `${file}+${offset}`);
  t.equal(new Set(places).size, 100);
  const syncs = done.filter((step) => step === 'sync').length;
  t.ok(syncs < 10, `${syncs} syncs for 100 items`);
  t.ok(questions.length < 10, `${questions.length} questions for 100 items`);
});

t.test('large ones share the sync of the folder', async (t) => {
  const { desk, questions, done, whole } = setUp(t);
  const take = async (): Promise<void> => {
    await using draft = await desk.begin(envelope());
    await draft.write(Buffer.alloc(140_000));
    await draft.commit();
  };
  await Promise.all(Array.from({ length: 50 }, take));
  t.same(
    [...whole()].sort(),
    questions
      .flat()
      .map(({ item }) => item.id)
      .sort(),
  );
  const count = (step: string): number => done.filter((each) => each === step).length;
  t.equal(count('sync'), 50);
  t.ok(count('sync new') < 40, `${count('sync new')} syncs of the folder for 50 files`);
  t.ok(questions.length < 40, `${questions.length} questions for 50 items`);
});

t.test('a question holds about a megabyte, however much there is to ask', async (t) => {
  const held = Promise.withResolvers<void>();
  const sizes: number[] = [];
  const { desk } = setUp(t, {
    async enqueue(items) {
      sizes.push(JSON.stringify(items).length);
      await held.promise;
    },
  });
  const to = Array.from({ length: 1_000 }, (_, at) => `recipient-${at}@example.com`);
  const drafts = await Promise.all(
    Array.from({ length: 50 }, () => desk.begin(envelope({ mail: { from: '', to, subject: '\u0001'.repeat(1_000) } }))),
  );
  const commits = drafts.map((draft) => draft.commit());
  held.resolve();
  await Promise.all(commits);
  t.ok(sizes.length > 5);
  t.ok(
    sizes.every((size) => size <= 1024 ** 2),
    String(sizes),
  );
});

const program = fileURLToPath(new URL('../support/spool-process.ts', import.meta.url));

interface Run {
  /** What was acknowledged, by id. */
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly state: string;
}

/** Lets a process take things in, and kills it when it stands before a step. */
async function killBefore(t: Test, step: string, number: number): Promise<Run> {
  const state = t.testdir();
  const child = spawn(process.execPath, [program, state, step, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const acknowledged = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('@')) child.kill('SIGKILL');
    else acknowledged.set(line.slice(1, 21), line.slice(22));
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
  t.equal(child.signalCode, 'SIGKILL');
  return { acknowledged, state };
}

t.test(
  'killed at any step: what was acknowledged is whole and in the queue, what was not is nowhere half',
  async (t) => {
    for (const step of ['create tmp', 'write 36', 'link', 'sync', 'sync new', 'enqueue', 'acknowledge']) {
      t.test(step, async (t) => {
        const { acknowledged, state } = await killBefore(t, step, 3);
        const store = openStore(join(state, 'portico.db'));
        const inQueue = await store.queue.list({ ids: [], delivery: null, state: null, limit: 1_000 });
        const places = new Map<string, QueuedItem>();
        for (const { id } of inQueue) places.set(id, (await store.queue.find(id))?.item as QueuedItem);
        const text = (id: string): string => {
          const { file, offset, size } = places.get(id) as QueuedItem;
          return fs
            .readFileSync(join(state, 'spool/1000/new', file))
            .subarray(offset, offset + size)
            .toString();
        };
        for (const [id, said] of acknowledged) {
          t.ok(
            inQueue.some((task) => task.id === id),
            id,
          );
          t.equal(text(id), said);
        }
        for (const { id, size } of inQueue) t.match(text(id), new RegExp(`^thing \\d+-[1-4]$`), `${id} ${size}`);
        store.close();
        // What is left of those that were under way goes with the next start.
        await sweepDrafts(join(state, 'spool/1000'));
        t.same(fs.readdirSync(join(state, 'spool/1000/tmp')), []);
      });
    }
  },
);

const strace = spawnSync('strace', ['-V']).status === 0;

t.test('the syncs come before the acknowledgement', { skip: !strace && 'strace is not installed' }, async (t) => {
  const state = t.testdir();
  const trace = join(state, 'trace');
  const calls = 'trace=openat,fsync,fdatasync,link,linkat,write,writev';
  const child = spawn(
    'strace',
    ['-f', '-y', '-e', calls, '-o', trace, process.execPath, program, state, 'create tmp', '2'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true,
    },
  );
  let [id, text] = ['', ''];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('+') && id === '') [id, text] = [line.slice(1, 21), line.slice(22)];
    if (line.startsWith('@')) break;
  }
  // Both of them: who is traced goes on without who traces.
  process.kill(-(child.pid as number), 'SIGKILL');
  await once(child, 'exit');
  const lines = fs.readFileSync(trace, 'utf8').split('\n');
  const at = (pattern: RegExp, from = 0): number =>
    lines.findIndex((line, index) => index >= from && pattern.test(line));
  const written = at(new RegExp(`writev?\\(.*/tmp/.*${text}`));
  const [, file = ''] = /\/tmp\/([0-9a-z]{20})/.exec(lines[written] ?? '') ?? [];
  const linked = at(new RegExp(`link.*/tmp/${file}.*/new/${file}`), written);
  const synced = at(new RegExp(`fsync\\(.*/tmp/${file}`), linked);
  const folder = at(/fsync\(.*\/new>/, linked);
  const queue = at(/f(?:data)?sync\(.*portico\.db-wal>/, Math.max(synced, folder));
  const acknowledged = at(new RegExp(`write\\(1.*\\+${id}`));
  const order = [written, linked, Math.min(synced, folder), Math.max(synced, folder), queue, acknowledged];
  t.ok(
    order.every((line, index) => line >= 0 && (index === 0 || line > (order[index - 1] ?? 0))),
    `lines of the trace: ${order.join(' < ')}`,
  );
});
