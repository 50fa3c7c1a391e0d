import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import maildir from '../../../../src/deliveries/targets/maildir/index.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem, mailFacts } from '../../../support/fake-item.ts';
import { needProgram, runPeer } from '../../../support/peers.ts';

const never = new AbortController().signal;

describeTarget(maildir, {
  place: newPlace,
  item: { mail: mailFacts(), mediaType: 'message/rfc822' },
  isIdempotent: true,
});

async function newPlace(t: Test): Promise<Place> {
  const root = t.testdir({});
  const path = join(root, 'mail');
  const list = (folder: string): string[] => (existsSync(join(path, folder)) ? readdirSync(join(path, folder)) : []);
  return {
    options: { path },
    async arrived() {
      return list('new').map((name) => {
        const content = readFileSync(join(path, 'new', name));
        return { size: content.length, content };
      });
    },
    async litter() {
      return [...list('tmp'), ...list('cur'), ...readdirSync(root).filter((name) => name !== 'mail')];
    },
    breakDown() {
      rmSync(path, { recursive: true, force: true });
      writeFileSync(path, 'a file where the folder should be');
    },
  };
}

t.test('the name: seconds, id, machine, and both sizes; for nobody else to read', async (t) => {
  const path = join(t.testdir({}), 'mail');
  const target = await createTarget(maildir, { path });
  await target.deliver(fakeItem(t, { id: 'abc', content: 'a\nb\r\n\n', mail: mailFacts() }), never);
  const machine = hostname();
  t.same(readdirSync(join(path, 'new')), [`1769860800.abc.${machine},S=6,W=8`]);
  t.equal(statSync(path).mode & 0o777, 0o700);
  t.equal(statSync(join(path, 'new', `1769860800.abc.${machine},S=6,W=8`)).mode & 0o777, 0o600);
});

t.test('what somebody has read in the meantime does not come again', async (t) => {
  const path = join(t.testdir({}), 'mail');
  const item = fakeItem(t, { mail: mailFacts() });
  await (await createTarget(maildir, { path })).deliver(item, never);
  const [name = ''] = readdirSync(join(path, 'new'));
  renameSync(join(path, 'new', name), join(path, 'cur', `${name}:2,S`));
  const next = await createTarget(maildir, { path });
  await next.deliver(item, never);
  t.same(readdirSync(join(path, 'new')), []);
  t.same(readdirSync(join(path, 'cur')), [`${name}:2,S`]);
  await next.deliver(fakeItem(t, { id: item.id.slice(0, -1), mail: mailFacts() }), never);
  t.equal(readdirSync(join(path, 'new')).length, 1, 'an id that another begins with is another');
});

t.test('a folder that was removed is made again', async (t) => {
  const path = join(t.testdir({}), 'mail');
  const target = await createTarget(maildir, { path });
  await target.deliver(fakeItem(t, { mail: mailFacts() }), never);
  rmSync(path, { recursive: true });
  await t.rejects(target.deliver(fakeItem(t, { mail: mailFacts() }), never), { name: 'TemporaryError' });
  await target.deliver(fakeItem(t, { mail: mailFacts() }), never);
  t.equal(readdirSync(join(path, 'new')).length, 1);
});

t.test('a Maildir that others have made is used as it is', async (t) => {
  const path = join(t.testdir({}), 'mail');
  for (const folder of ['tmp', 'new', 'cur', '.Sent']) mkdirSync(join(path, folder), { recursive: true });
  await (await createTarget(maildir, { path })).deliver(fakeItem(t, { mail: mailFacts() }), never);
  t.same(readdirSync(path).sort(), ['.Sent', 'cur', 'new', 'tmp']);
});

t.test("python's mailbox module reads it", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const path = join(t.testdir({}), 'mail');
  const target = await createTarget(maildir, { path });
  await target.deliver(fakeItem(t, { content: 'Subject: hello\r\n\r\ntext\r\n', mail: mailFacts() }), never);
  const script =
    'import mailbox,sys\nfor m in mailbox.Maildir(sys.argv[1], create=False): print(m["subject"], m.get_subdir())';
  t.equal((await runPeer(t, [python, '-c', script, path])).stdout, 'hello new\n');
});

// Node's own way to make folders goes round for ever there, and all other deliveries wait.
t.test('a place that takes no folders', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const target = await createTarget(maildir, { path: '/proc/portico/mail' });
  await t.rejects(async () => target.deliver(fakeItem(t, { mail: mailFacts() }), never), { cause: { code: 'ENOENT' } });
});
