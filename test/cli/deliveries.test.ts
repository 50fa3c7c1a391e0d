import t from 'tap';

import type { ItemReport, TaskReport } from '../../src/contract/queue.ts';
import { portico, startFakeDaemon, status } from './fakes.ts';

const task: TaskReport = {
  id: '01abcdefghjkmnpqrstv',
  delivery: 'archive',
  mailbox: null,
  state: 'queued',
  attempts: 0,
  next: null,
  reason: null,
  name: 'scan.pdf',
  size: 2048,
  service: 'mail',
  received: '2026-01-01T00:00:00.000Z',
};
const tasks: readonly TaskReport[] = [
  task,
  { ...task, delivery: '@mailbox', mailbox: 'alice', state: 'done', attempts: 1 },
  { ...task, delivery: 'hook', state: 'failed', attempts: 3, reason: 'given up:\u001b[2J 404' },
];
const report: ItemReport = {
  item: {
    id: task.id,
    folder: '1000',
    file: task.id,
    offset: 0,
    service: 'mail',
    session: 'abcdefghjkmn',
    account: null,
    name: 'scan.pdf',
    mediaType: 'message/rfc822',
    size: 2048,
    sha256: 'ab'.repeat(32),
    received: Date.UTC(2026, 0, 1),
    mail: { from: '', to: ['a@example.com', 'b@example.com'], subject: 'Scan\n1' },
  },
  tasks,
};

t.test('list --json is what the daemon says', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: tasks }));
  const { code, out, err } = await portico(['deliveries', 'list', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.equal(err, '');
  t.same(JSON.parse(out), tasks);
  t.same(daemon.requests, [{ command: 'delivery-list', delivery: null, state: null, limit: 1000 }]);
});

t.test('a table for people; list is what is meant without a word', async (t) => {
  const next = new Date(Date.now() + 65_500).toISOString();
  const waiting = { ...task, attempts: 1, next, reason: 'connection refused' };
  const deliveries = ['archive', 'hook', 'other'].map((name) => ({
    name,
    type: 'sftp',
    queued: 1,
    delivered: 0,
    failed: 0,
    down: true as const,
  }));
  const daemon = await startFakeDaemon(t, ({ command }) =>
    command === 'status' ? { ok: true, value: { ...status, deliveries } } : { ok: true, value: [...tasks, waiting] },
  );
  const { code, out } = await portico(['deliveries', '-c', daemon.file]);
  t.equal(code, 0);
  const [titles, first, second, third, fourth, down, rest] = out.split('\n');
  t.match(titles, /^ID +DELIVERY +STATE +ATTEMPTS +NEXT +AGE +SIZE +SERVICE +NAME +REASON$/);
  t.match(first, /^01abcdefghjkmnpqrstv +archive +queued +0 +now +\d+d \d+h +2\.0 KB +mail +scan\.pdf$/);
  t.match(second, /^01abcdefghjkmnpqrstv +@mailbox alice +done +1 +- /);
  t.match(third, / hook +failed +3 +- .* given up:\ufffd\[2J 404$/);
  t.match(fourth, / archive +queued +1 +1m 5s .* connection refused$/);
  t.equal(
    down,
    'archive is down: one thing at a time is tried, with pauses of up to a minute; portico deliveries retry --all --delivery archive tries at once',
  );
  t.equal(rest, '', 'what has failed for good waits for no target');
});

t.test('list narrowed, and cut', async (t) => {
  const daemon = await startFakeDaemon(t, ({ command }) => ({
    ok: true,
    value: command === 'status' ? status : [task],
  }));
  t.match(await portico(['deliveries', '--delivery', 'hook', '--state', 'failed', '--limit', '1', '-c', daemon.file]), {
    code: 0,
    err: 'portico: only the oldest 1 are shown; --limit N shows more\n',
  });
  t.same(daemon.requests[0], { command: 'delivery-list', delivery: 'hook', state: 'failed', limit: 1 });
});

t.test('says when there is nothing', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: [] }));
  t.match(await portico(['deliveries', '-c', daemon.file]), { code: 0, out: 'nothing in the queue\n' });
  t.match(await portico(['deliveries', '--json', '-c', daemon.file]), { code: 0, out: '[]\n' });
});

t.test('a delivery that there is not is no empty queue', async (t) => {
  const deliveries = [{ name: 'hook', type: 'webhook', queued: 0, delivered: 0, failed: 0 }];
  const daemon = await startFakeDaemon(t, ({ command }) => {
    if (command === 'status') return { ok: true, value: { ...status, deliveries } };
    return { ok: true, value: command === 'delivery-list' ? [] : 0 };
  });
  const answer = (...args: string[]) => portico(['deliveries', ...args, '-c', daemon.file]);
  const unknown = { code: 1, out: '', err: 'portico: there is no delivery called nope\n' };
  t.match(await answer('--delivery', 'nope'), unknown);
  t.match(await answer('retry', '--all', '--delivery', 'nope'), unknown);
  t.match(await answer('drop', 'a', '--delivery', 'nope'), unknown);
  t.match(await answer('--delivery', 'hook'), { code: 0, out: 'nothing in the queue\n' });
  t.match(await answer('retry', '--all', '--delivery', 'hook'), { code: 0, out: 'there is nothing to retry\n' });
  t.match(await answer('--delivery', '@mailbox'), { code: 0, out: 'nothing in the queue\n' });
});

t.test('show', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: report }));
  const { code, out } = await portico(['deliveries', 'show', task.id, '-c', daemon.file]);
  t.equal(code, 0);
  t.same(out.split('\n'), [
    '01abcdefghjkmnpqrstv',
    '  name            scan.pdf',
    '  type            message/rfc822',
    '  size            2.0 KB (2048)',
    `  SHA-256         ${'ab'.repeat(32)}`,
    '  received        2026-01-01T00:00:00.000Z',
    '  service         mail',
    '  session         abcdefghjkmn',
    '  account         -',
    '  from            <>',
    '  to              a@example.com b@example.com',
    '  subject         Scan\ufffd1',
    '  file            spool/1000/new/01abcdefghjkmnpqrstv',
    '  archive         queued',
    '  @mailbox alice  done after 1 attempt',
    '  hook            failed after 3 attempts: given up:\ufffd[2J 404',
    '',
  ]);
  const json = await portico(['deliveries', 'show', task.id, '--json', '-c', daemon.file]);
  t.same(JSON.parse(json.out), { ...report.item, received: '2026-01-01T00:00:00.000Z', tasks });
  t.same(daemon.requests[0], { command: 'delivery-show', id: task.id });
});

t.test('retry, drop and replay are orders, for ids', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: 1 }));
  const said = async (...args: string[]): Promise<string> =>
    (await portico(['deliveries', ...args, '-c', daemon.file])).out;
  t.equal(await said('retry', 'a'), '1 delivery will be tried again now\n');
  t.equal(await said('drop', 'a', 'b', '--delivery', 'hook'), '1 delivery dropped\n');
  t.equal(await said('replay', 'a', '--to', 'other', '--json'), '{\n  "tasks": 1\n}\n');
  t.same(daemon.requests, [
    { command: 'delivery-retry', ids: ['a'], delivery: null, state: null },
    { command: 'delivery-drop', ids: ['a', 'b'], delivery: 'hook', state: null },
    { command: 'delivery-replay', ids: ['a'], delivery: null, state: null, to: 'other' },
  ]);
});

t.test('and for all of them; drop only for what has failed', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: 2 }));
  const said = async (...args: string[]): Promise<string> =>
    (await portico(['deliveries', ...args, '-c', daemon.file])).out;
  t.equal(await said('retry', '--all'), '2 deliveries will be tried again now\n');
  t.equal(await said('drop', '--all'), '2 deliveries dropped\n');
  t.equal(await said('drop', '--all', '--state', 'queued', '--delivery', 'hook'), '2 deliveries dropped\n');
  t.equal(await said('replay', '--all', '--state', 'done'), '2 deliveries will be made once more\n');
  t.same(daemon.requests, [
    { command: 'delivery-retry', ids: [], delivery: null, state: null },
    { command: 'delivery-drop', ids: [], delivery: null, state: 'failed' },
    { command: 'delivery-drop', ids: [], delivery: 'hook', state: 'queued' },
    { command: 'delivery-replay', ids: [], delivery: null, state: 'done', to: null },
  ]);
});

t.test('many ids are several orders', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: 100 }));
  const ids = Array.from({ length: 101 }, (_, index) => `id${index}`);
  t.match(await portico(['deliveries', 'retry', ...ids, '-c', daemon.file]), {
    code: 0,
    out: '200 deliveries will be tried again now\n',
  });
  t.same(
    daemon.requests.map((request) => ('ids' in request ? request.ids.length : null)),
    [100, 1],
  );
});

t.test('nothing to do: 1 for ids, 0 for all', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: 0 }));
  t.match(await portico(['deliveries', 'retry', 'a', '-c', daemon.file]), {
    code: 1,
    out: '',
    err: /there is nothing to retry of that id\n/,
  });
  t.match(await portico(['deliveries', 'drop', 'a', 'b', '--json', '-c', daemon.file]), {
    code: 1,
    out: '{\n  "tasks": 0\n}\n',
    err: /there is nothing to drop of those ids\n/,
  });
  t.match(await portico(['deliveries', 'replay', '--all', '-c', daemon.file]), {
    code: 0,
    out: 'there is nothing to replay\n',
  });
});

t.test('what the daemon refuses is said with its code', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 1, message: 'there is no item a in the queue' }));
  for (const args of [['show', 'a'], ['list'], ['retry', 'a']])
    t.match(await portico(['deliveries', ...args, '-c', daemon.file]), {
      code: 1,
      out: '',
      err: /there is no item a in the queue\n/,
    });
});

t.test('what is misspelt reaches nobody', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: 0 }));
  for (const [args, err] of [
    [['resend'], /expected list, show, retry, drop or replay, got "resend"/],
    [['list', 'a'], /deliveries list does not take "a"/],
    [['list', '--all'], /deliveries list does not take --all/],
    [['list', '--limit', '0'], /--limit: expected a number from 1 to 10000, got "0"/],
    [['list', '--limit', '10001'], /--limit: expected a number from 1 to 10000, got "10001"/],
    [['list', '--state', 'new'], /--state: expected queued, delivering, failed or done, got "new"/],
    [['show'], /deliveries show needs ID/],
    [['show', 'a', 'b'], /deliveries show does not take "b"/],
    [['show', 'a', '--state', 'done'], /deliveries show does not take --state/],
    [['retry'], /deliveries retry needs ID, or --all/],
    [['drop', '--delivery', 'hook'], /deliveries drop needs ID, or --all/],
    [['drop', 'a', '--all'], /deliveries drop takes ids or --all, not both/],
    [['retry', 'a', '--to', 'other'], /deliveries retry does not take --to/],
    [['replay', 'a', '--limit', '1'], /deliveries replay does not take --limit/],
  ] as const)
    t.match(await portico(['deliveries', ...args, '-c', daemon.file]), { code: 64, out: '', err }, args.join(' '));
  t.same(daemon.requests, []);
});
