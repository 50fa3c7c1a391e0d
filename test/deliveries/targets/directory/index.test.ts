import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../../src/contract/errors.ts';
import directory from '../../../../src/deliveries/targets/directory/index.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem, mailFacts } from '../../../support/fake-item.ts';

const never = new AbortController().signal;

describeTarget(directory, { place: newPlace, isIdempotent: true });

async function newPlace(t: Test): Promise<Place> {
  const root = t.testdir({});
  const path = join(root, 'archive');
  const files = (): string[] =>
    existsSync(path)
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(path, name)).isFile())
      : [];
  return {
    options: { path, name: '{account}/{name}' },
    async arrived() {
      const whole = files().filter((name) => !name.includes('.portico-'));
      return whole.map((name) => ({ size: statSync(join(path, name)).size, content: readFileSync(join(path, name)) }));
    },
    async litter() {
      const half = files().filter((name) => name.includes('.portico-'));
      return [...half, ...readdirSync(root).filter((name) => name !== 'archive')];
    },
    breakDown() {
      rmSync(path, { recursive: true, force: true });
      writeFileSync(path, 'a file where the folder should be');
    },
  };
}

t.test('folders by template, and the time is that of its arrival', async (t) => {
  const path = join(t.testdir({}), 'a', 'b');
  const target = await createTarget(directory, { path, name: '{date}/{service}/{name}' });
  await target.deliver(fakeItem(t), never);
  const [file = ''] = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pdf'));
  t.match(file, /^2026-01-31\/drop\/report\.pdf$/);
  t.equal(Math.round(statSync(join(path, file)).mtimeMs), Date.UTC(2026, 0, 31, 12, 0, 0, 123));
});

t.test('another thing of the same name has a number, whatever its content', async (t) => {
  const path = t.testdir({});
  const target = await createTarget(directory, { path });
  const received = Date.UTC(2026, 0, 31);
  await target.deliver(fakeItem(t, { content: 'one' }), never);
  await target.deliver(fakeItem(t, { content: 'two' }), never);
  await target.deliver(fakeItem(t, { content: 'one', received }), never);
  await target.deliver(fakeItem(t, { content: 'x', name: 'none' }), never);
  await target.deliver(fakeItem(t, { content: 'y', name: 'none' }), never);
  t.same(read(path), { none: 'x', 'none-2': 'y', 'report.pdf': 'one', 'report-2.pdf': 'two', 'report-3.pdf': 'one' });
});

t.test('after 99 of the same name, the id tells them apart', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 98 }, (_, at) => [`report-${at + 2}.pdf`, '']));
  const path = t.testdir({ ...files, 'report.pdf': '' });
  const target = await createTarget(directory, { path });
  const item = fakeItem(t);
  await target.deliver(item, never);
  await target.deliver(item, never);
  t.same(
    readdirSync(path).filter((name) => name.includes('item')),
    [`report-${item.id}.pdf`],
  );
});

t.test('a file that was changed since is left, and the thing comes beside it', async (t) => {
  const path = t.testdir({});
  const target = await createTarget(directory, { path });
  const item = fakeItem(t, { content: 'one' });
  await target.deliver(item, never);
  writeFileSync(join(path, 'report.pdf'), 'ONE');
  utimesSync(join(path, 'report.pdf'), item.received / 1000, item.received / 1000);
  await target.deliver(item, never);
  t.same(read(path), { 'report.pdf': 'ONE', 'report-2.pdf': 'one' });
});

t.test('a symbolic link does not lead out, and one that stays inside is followed', async (t) => {
  const root = t.testdir({ outside: {}, inside: { real: {} } });
  symlinkSync('../outside', join(root, 'inside', 'alice'));
  symlinkSync('real', join(root, 'inside', 'bob'));
  symlinkSync('../../outside/file', join(root, 'inside', 'real', 'report.pdf'));
  const target = await createTarget(directory, { path: join(root, 'inside'), name: '{account}/{name}' });
  const failure = await target.deliver(fakeItem(t, { account: 'alice' }), never).catch((error: unknown) => error);
  t.match(failure, { message: /leads out of .* by a symbolic link$/ });
  t.notOk(failure instanceof TemporaryError);
  await target.deliver(fakeItem(t, { account: 'bob' }), never);
  t.same(readdirSync(join(root, 'outside')), []);
  t.same(readdirSync(join(root, 'inside', 'real')).sort(), ['report-2.pdf', 'report.pdf']);
});

const mail = [
  'From: scanner@office.example',
  'Subject: two scans',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'See attached.',
  '--b',
  'Content-Type: application/pdf; name="../../scan.pdf"',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename="../../scan.pdf"',
  '',
  Buffer.from('%PDF one').toString('base64'),
  '--b',
  'Content-Type: application/pdf',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment; filename="scan.pdf"',
  '',
  Buffer.from('%PDF two').toString('base64'),
  '--b--',
  '',
].join('\r\n');

t.test('attachments: only the files of a mail, and all else as it is', async (t) => {
  const path = t.testdir({});
  const target = await createTarget(directory, { path, name: '{subject}/{name}', attachments: true });
  const item = fakeItem(t, { name: 'id.eml', content: mail, mail: mailFacts({ subject: 'Scan 1/2' }) });
  await target.deliver(item, never);
  await target.deliver(item, never);
  await target.deliver(fakeItem(t, { name: 'text.eml', content: 'Subject: x\r\n\r\ntext', mail: mailFacts() }), never);
  await target.deliver(fakeItem(t, { name: 'a.bin', content: 'bytes' }), never);
  t.same(read(path), { 'Scan 1_2/scan.pdf': '%PDF one', 'Scan 1_2/scan-2.pdf': '%PDF two', '_/a.bin': 'bytes' });
});

t.test('of a mail with one part too much, nothing stands there', async (t) => {
  const path = t.testdir({});
  const target = await createTarget(directory, { path, attachments: true });
  const parts = Array.from(
    { length: 1001 },
    (_, at) => `--b\r\nContent-Disposition: attachment; filename=${at}\r\n\r\nx\r\n`,
  );
  const content = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`;
  const failure = await target
    .deliver(fakeItem(t, { content, mail: mailFacts() }), never)
    .catch((error: unknown) => error);
  t.match(failure, { message: 'Max allowed child nodes exceeded' });
  t.notOk(failure instanceof TemporaryError);
  t.same(readdirSync(path), []);
});

function read(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(path, name)).isFile(),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

// Node's own way to make folders goes round for ever there, and all other deliveries wait.
t.test('a place that takes no folders', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const target = await createTarget(directory, { path: '/proc/portico/mail' });
  await t.rejects(async () => target.deliver(fakeItem(t), never), { cause: { code: 'ENOENT' } });
});
