import { setImmediate as nextTurn } from 'node:timers/promises';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../../src/contract/errors.ts';
import command from '../../../../src/deliveries/targets/command/index.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem, mailFacts } from '../../../support/fake-item.ts';

const never = new AbortController().signal;

// Writes what comes beside its place first, as a program should.
const store = 'cat > "$OUT/.$PORTICO_ID" && mv "$OUT/.$PORTICO_ID" "$OUT/$PORTICO_ID"';

describeTarget(command, { place: (t) => newPlace(t, store), isIdempotent: true, holdUp });

async function newPlace(t: Test, script: string): Promise<Place> {
  const root = t.testdir({ out: {} });
  const out = join(root, 'out');
  const program = join(root, 'store.sh');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return {
    options: { command: [program], env: { OUT: out }, directory: root },
    async arrived() {
      const names = readdirSync(out).filter((name) => !name.startsWith('.'));
      return names.map((name) => {
        const content = readFileSync(join(out, name));
        return { size: content.length, content };
      });
    },
    async litter() {
      return readdirSync(root).filter((name) => name !== 'out' && name !== 'store.sh');
    },
    breakDown: () => rmSync(program),
  };
}

/** A program that has read all and does not end. */
async function holdUp(t: Test) {
  const place = await newPlace(t, 'cat > /dev/null; touch "$OUT/.begun"; exec sleep 1000');
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const out = (place.options['env'] as { OUT: string }).OUT;
  const watcher = watch(out, () => existsSync(join(out, '.begun')) && resolve());
  t.teardown(() => watcher.close());
  return { place, item: fakeItem(t), begun };
}

const shell = (script: string, more: Record<string, unknown> = {}) =>
  createTarget(command, { command: ['/bin/sh', '-c', script], ...more });

/** What one run with this item prints. */
async function run(t: Test, script: string, parts: Parameters<typeof fakeItem>[1] = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-command-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const out = join(folder, 'out');
  const target = await shell(`{ ${script}; } > ${out}`);
  await target.deliver(fakeItem(t, parts), never);
  return readFileSync(out, 'utf8');
}

t.test('the facts of a file are in the environment, and nothing of ours', async (t) => {
  const text = await run(t, 'env | sort', { id: 'abc', account: 'alice', content: 'four' });
  const own = text.split('\n').filter((line) => line !== '' && !/^(?:PWD|SHLVL|_|OLDPWD|PATH)=/.test(line));
  t.same(own, [
    'PORTICO_ACCOUNT=alice',
    'PORTICO_DELIVERY=test',
    'PORTICO_ID=abc',
    'PORTICO_NAME=report.pdf',
    'PORTICO_RECEIVED=2026-01-31T12:00:00.123Z',
    'PORTICO_SERVICE=drop',
    'PORTICO_SESSION=abcdefghijkl',
    'PORTICO_SHA256=04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00',
    'PORTICO_SIZE=4',
    'PORTICO_TYPE=application/pdf',
  ]);
});

t.test('of a mail, also its envelope and subject', async (t) => {
  const mail = mailFacts({ to: ['a@x.example', 'b@x.example'], subject: 'one\r\nline' });
  t.equal(
    await run(t, 'echo "$PORTICO_FROM|$PORTICO_TO|$PORTICO_TO_COUNT|$PORTICO_SUBJECT"', { mail }),
    'scanner@office.example|a@x.example\nb@x.example|2|one  line\n',
  );
});

t.test('the thing is its standard input, a file that it can seek in', async (t) => {
  t.equal(await run(t, 'cat; tail -c 3 /dev/stdin', { content: 'whole thing' }), 'whole thinging');
});

const endings: readonly (readonly [script: string, isTemporary: boolean, message: string])[] = [
  ['exit 75', true, 'exit status 75'],
  ['echo later >&2; exit 75', true, 'exit status 75: later'],
  ['exit 1', false, 'exit status 1'],
  ['echo first; echo "the printer is on fire"; exit 9', false, 'exit status 9: the printer is on fire'],
  ['kill -KILL $$', false, 'ended by SIGKILL'],
];

t.test('its exit status is the answer, and its last line the reason', async (t) => {
  for (const [script, isTemporary, message] of endings) {
    const target = await shell(script);
    const failure = await target.deliver(fakeItem(t), never).catch((error: unknown) => error);
    t.match(failure, { message }, script);
    t.equal(failure instanceof TemporaryError, isTemporary, script);
  }
});

t.test('much output, and a standard input that is not read, hold up nothing', async (t) => {
  const target = await shell('dd if=/dev/zero bs=65536 count=64 2>/dev/null');
  await target.deliver(fakeItem(t, { content: Buffer.alloc(1_000_000) }), never);
});

t.test('a program that does not hear SIGTERM is killed, with what it has started', async (t) => {
  const folder = t.testdir({});
  const target = await shell(
    `trap '' TERM; sleep 1000 & echo $! > ${folder}/pid.part; mv ${folder}/pid.part ${folder}/pid; wait; wait`,
  );
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => existsSync(join(folder, 'pid')) && resolve());
  t.teardown(() => watcher.close());
  const controller = new AbortController();
  const delivery = target.deliver(fakeItem(t), controller.signal);
  await begun;
  controller.abort(new Error('time is up'));
  await t.rejects(delivery, { message: 'time is up' });
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  // It got its signal with the program, and ends when the system comes to it.
  while (isRunning(pid)) await nextTurn();
  t.pass('what it has started is gone');
});

t.test('a program that cannot be started is for now', async (t) => {
  const target = await createTarget(command, { command: [join(t.testdir({}), 'missing')] });
  await t.rejects(target.deliver(fakeItem(t), never), TemporaryError);
});

t.test('the spool file is read only, and never followed', async (t) => {
  const item = fakeItem(t);
  const target = await shell('echo more >&0');
  await t.rejects(target.deliver(item, never), { message: /^exit status \d+/ });
  t.equal((await buffer(item.open())).length, item.size);
});

function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z';
  } catch {
    return false;
  }
}
