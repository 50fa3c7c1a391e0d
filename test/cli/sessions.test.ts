import t from 'tap';

import type { SessionEvent, SessionReport } from '../../src/contract/channel.ts';
import type { ControlReply } from '../../src/contract/control.ts';
import type { JournalEntry } from '../../src/contract/journal.ts';
import { createFakeTerminal, portico, startFakeDaemon } from './fakes.ts';

const session: SessionReport = {
  id: 'abcdefghijkl',
  service: 'echo',
  peer: '127.0.0.1:50000',
  local: '127.0.0.1:2007',
  account: null,
  tls: null,
  started: '2026-01-01T00:00:00.000Z',
  bytes: { in: 5, out: 2048 },
  state: 'active',
};
// An account name is what a peer typed.
const other: SessionReport = {
  ...session,
  id: 'mnopqrstuvwx',
  account: 'al\u001b[31mice',
  bytes: { in: null, out: null },
};
const start: SessionEvent = { event: 'start', session };
const end: SessionEvent = { event: 'end', session, reason: 'idle', duration: 4.04 };

t.test('--json is the list', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: [session, other] }));
  const { code, out } = await portico(['sessions', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.same(JSON.parse(out), [session, other]);
  t.notMatch(out, '\u001b');
});

t.test('a table for people, which nothing in it can disturb', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: [session, other] }));
  const { out } = await portico(['sessions', '-c', daemon.file]);
  const [titles, first, second] = out.split('\n');
  t.match(titles, /^ID +SERVICE +PEER +ACCOUNT +TLS +AGE +IN +OUT +STATE$/);
  t.match(first, /^abcdefghijkl {2}echo {5}127\.0\.0\.1:50000 {2}- {11}- +\d+d \d+h {2}5 B {2}2\.0 KB {2}active$/);
  t.match(second, /^mnopqrstuvwx .* al\ufffd\[31mice {2}- .* {4}- {7}- {2}active$/);
});

t.test('says when there are none', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: [] }));
  t.match(await portico(['sessions', '-c', daemon.file]), { code: 0, out: 'no sessions\n' });
  t.match(await portico(['sessions', '--json', '-c', daemon.file]), { code: 0, out: '[]\n' });
});

t.test('--follow --json: a line of JSON for each event; 3 when the daemon ends', async (t) => {
  const daemon = await startFakeDaemon(t, () => [start, end]);
  const { code, out, err } = await portico(['sessions', '--follow', '--json', '-c', daemon.file]);
  t.same(
    out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
    [start, end],
  );
  t.equal(code, 3);
  t.equal(err, 'portico: the daemon hung up: it has ended, or was upgraded\n');
  t.same(daemon.requests, [{ command: 'follow' }]);
});

t.test('--follow: a line for people for each event', async (t) => {
  const daemon = await startFakeDaemon(t, () => [start, end]);
  const { out } = await portico(['sessions', '--follow', '-c', daemon.file]);
  t.equal(
    out,
    'start abcdefghijkl  echo  127.0.0.1:50000\n' +
      'end   abcdefghijkl  echo  127.0.0.1:50000  4.0s  in 5 B, out 2.0 KB  (idle)\n',
  );
});

t.test('--follow ends quietly when nobody reads any more', async (t) => {
  const terminal = createFakeTerminal();
  const left = Promise.withResolvers<void>();
  const daemon = await startFakeDaemon(t, (_request, socket) => {
    socket.once('close', () => left.resolve());
    setImmediate(terminal.hangUp);
    return null;
  });
  t.same(await portico(['sessions', '--follow', '-c', daemon.file], terminal), { code: 0, out: '', err: '' });
  await left.promise;
});

t.test('no daemon: 3', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  await daemon.close();
  t.match(await portico(['sessions', '-c', daemon.file]), { code: 3 });
  t.match(await portico(['sessions', '--follow', '-c', daemon.file]), { code: 3 });
});

t.test('--since', async (t) => {
  const entry: JournalEntry = {
    id: 'abcdefghijkl',
    service: 'echo',
    peer: '127.0.0.1:50000',
    local: '127.0.0.1:2007',
    account: 'alice',
    tls: 'TLSv1.3',
    started: Date.UTC(2026, 0, 1),
    duration: 4.04,
    bytes: { in: 5, out: 2048 },
    reason: 'idle',
  };
  const strange: JournalEntry = { ...entry, account: 'al\u001b[31mice', tls: null, bytes: { in: null, out: null } };
  const reply = (entries: readonly JournalEntry[], isCut = false): ControlReply => ({
    ok: true,
    value: { entries, isCut },
  });

  t.test('--json: those that have ended', async (t) => {
    const daemon = await startFakeDaemon(t, () => reply([entry, strange]));
    const before = Date.now();
    const { code, out, err } = await portico(['sessions', '--since', '1h', '--json', '-c', daemon.file]);
    t.equal(code, 0);
    t.equal(err, '');
    t.same(JSON.parse(out), [
      { ...entry, started: '2026-01-01T00:00:00.000Z' },
      { ...strange, started: '2026-01-01T00:00:00.000Z' },
    ]);
    t.notMatch(out, '\u001b');
    const [request] = daemon.requests;
    t.match(request, { command: 'journal', limit: 1_000 });
    const since = request?.command === 'journal' ? request.since : 0;
    t.ok(since >= before - 3_600_000 && since <= Date.now() - 3_600_000);
  });

  t.test('a table for people, which nothing in it can disturb', async (t) => {
    const daemon = await startFakeDaemon(t, () => reply([entry, strange]));
    const { out } = await portico(['sessions', '--since', '1h', '-c', daemon.file]);
    const [titles, first, second] = out.split('\n');
    t.match(titles, /^STARTED +ID +SERVICE +PEER +ACCOUNT +TLS +LASTED +IN +OUT +END$/);
    t.match(
      first,
      /^2026-01-01T00:00:00\.000Z {2}abcdefghijkl {2}echo +127\.0\.0\.1:50000 {2}alice +TLSv1\.3 +4\.0s +5 B +2\.0 KB {2}idle$/,
    );
    t.match(second, / al\ufffd\[31mice {2}- +4\.0s +- +- {2}idle$/);
  });

  t.test('says when there are none, and when there are more', async (t) => {
    const none = await startFakeDaemon(t, () => reply([]));
    t.match(await portico(['sessions', '--since', '1h', '-c', none.file]), { code: 0, out: 'no sessions\n', err: '' });
    const more = await startFakeDaemon(t, () => reply([entry], true));
    t.match(await portico(['sessions', '--since', '1h', '--limit', '1', '-c', more.file]), {
      code: 0,
      err: /only the newest 1 are shown; --limit N shows more/,
    });
    t.match(more.requests, [{ limit: 1 }]);
  });

  t.test('a limit is a number from 1 to 100000', async (t) => {
    const daemon = await startFakeDaemon(t, () => reply([]));
    for (const limit of ['1', '100000'])
      t.equal((await portico(['sessions', '--since', '1h', '--limit', limit, '-c', daemon.file])).code, 0, limit);
    for (const limit of ['0', '100001', '1.5', 'all', ' '])
      t.match(
        await portico(['sessions', '--since', '1h', `--limit=${limit}`, '-c', daemon.file]),
        { code: 64, err: /--limit: expected a number from 1 to 100000/ },
        limit,
      );
  });

  t.test('what cannot be is refused', async (t) => {
    const daemon = await startFakeDaemon(t, () => reply([]));
    t.match(await portico(['sessions', '--since', 'yesterday', '-c', daemon.file]), {
      code: 64,
      err: /--since: expected a duration such as "10s", got "yesterday"/,
    });
    t.match(await portico(['sessions', '--since', '1h', '--follow', '-c', daemon.file]), {
      code: 64,
      err: /leave out --since/,
    });
    t.same(daemon.requests, []);
  });
});
