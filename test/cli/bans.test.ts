import t from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import { portico, startFakeDaemon } from './fakes.ts';

const since = Date.UTC(2026, 0, 1);
const bans: readonly Ban[] = [
  { source: '192.0.2.1', until: null, reason: 'manual', service: null, since },
  { source: '2001:db8:0:1::/64', until: Date.now() + 3_600_500, reason: 'auth_failures', service: 'ftp', since },
];

t.test('--json is the list, with times that people can read', async (t) => {
  const until = since + 60_000;
  const daemon = await startFakeDaemon(t, () => ({
    ok: true,
    value: [bans[0] as Ban, { ...(bans[1] as Ban), until }],
  }));
  const { code, out } = await portico(['bans', 'list', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.same(JSON.parse(out), [
    { source: '192.0.2.1', since: '2026-01-01T00:00:00.000Z', until: null, reason: 'manual', service: null },
    {
      source: '2001:db8:0:1::/64',
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T00:01:00.000Z',
      reason: 'auth_failures',
      service: 'ftp',
    },
  ]);
  t.same(daemon.requests, [{ command: 'bans' }]);
});

t.test('a table for people; list is what is meant without a word', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: bans }));
  const { code, out } = await portico(['bans', '-c', daemon.file]);
  t.equal(code, 0);
  const [titles, first, second] = out.split('\n');
  t.match(titles, /^SOURCE +LEFT +REASON +SERVICE$/);
  t.match(first, /^192\.0\.2\.1 +for ever +manual +-$/);
  t.match(second, /^2001:db8:0:1::\/64 +1h 0?0?m +auth_failures +ftp$/);
});

t.test('says when there are none', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: [] }));
  t.match(await portico(['bans', '-c', daemon.file]), { code: 0, out: 'no bans\n' });
  t.match(await portico(['bans', '--json', '-c', daemon.file]), { code: 0, out: '[]\n' });
});

t.test('add, for a time or until it is removed', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  t.match(await portico(['bans', 'add', '192.0.2.1', '-c', daemon.file]), {
    code: 0,
    out: '192.0.2.1 is banned until it is removed\n',
  });
  t.match(await portico(['bans', 'add', '192.0.2.1', '--for', '90m', '-c', daemon.file]), {
    code: 0,
    out: '192.0.2.1 is banned for 90m\n',
  });
  t.same(daemon.requests, [
    { command: 'ban', source: '192.0.2.1', duration: null },
    { command: 'ban', source: '192.0.2.1', duration: 5_400_000 },
  ]);
});

t.test('the source that is banned with an address is named', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  for (const [address, source] of [
    ['2001:DB8:0:0:1::7', '2001:db8::/64'],
    ['2001:db8:0:1::/64', '2001:db8:0:1::/64'],
    ['::1', '::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ] as const) {
    t.match((await portico(['bans', 'add', address, '-c', daemon.file])).out, `${source} is banned until`);
    t.equal((await portico(['bans', 'remove', address, '-c', daemon.file])).out, `${source} is no longer banned\n`);
  }
});

t.test('options that do not apply, and times that are none, reach nobody', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  for (const [args, err] of [
    [['list', '--for', '1h'], 'bans list does not take --for'],
    [['remove', '192.0.2.1', '--for', '1h'], 'bans remove does not take --for'],
    [['add', '192.0.2.1', '--json'], 'bans add does not take --json'],
    [['add', '192.0.2.1', '--for', '0s'], '--for: expected a time from 1s to 36500d, got "0s"'],
    [['add', '192.0.2.1', '--for', '999ms'], '--for: expected a time from 1s to 36500d, got "999ms"'],
    [['add', '192.0.2.1', '--for', '36501d'], '--for: expected a time from 1s to 36500d, got "36501d"'],
  ] as const)
    t.match(await portico(['bans', ...args, '-c', daemon.file]), { code: 64, err });
  t.same(daemon.requests, []);
  t.match(await portico(['bans', 'add', '192.0.2.1', '--for', '36500d', '-c', daemon.file]), { code: 0 });
  t.match(await portico(['bans', 'add', '192.0.2.1', '--for', '1s', '-c', daemon.file]), { code: 0 });
});

t.test('remove', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  t.match(await portico(['bans', 'remove', '192.0.2.1', '-c', daemon.file]), {
    code: 0,
    out: '192.0.2.1 is no longer banned\n',
  });
  t.same(daemon.requests, [{ command: 'unban', source: '192.0.2.1' }]);
});

t.test('what the daemon refuses is said with its code', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 1, message: '192.0.2.1 is not banned' }));
  for (const args of [['remove', '192.0.2.1'], ['add', '192.0.2.1'], ['list']])
    t.match(await portico(['bans', ...args, '-c', daemon.file]), {
      code: 1,
      out: '',
      err: /192\.0\.2\.1 is not banned\n/,
    });
});

t.test('what is misspelt reaches nobody', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  for (const [args, err] of [
    [['lift'], /expected list, add or remove, got "lift"/],
    [['list', '192.0.2.1'], /bans list does not take "192\.0\.2\.1"/],
    [['add'], /bans add needs ADDRESS/],
    [['remove'], /bans remove needs ADDRESS/],
    [['add', '192.0.2.1', '--for', 'soon'], /--for: expected a duration such as "10s", got "soon"/],
    [['add', '192.0.2.1', '--for', '-1h'], /./],
    [['add', '192.0.2.1', '192.0.2.2'], /./],
  ] as const)
    t.match(await portico(['bans', ...args, '-c', daemon.file]), { code: 64, out: '', err }, args.join(' '));
  t.same(daemon.requests, []);
});
