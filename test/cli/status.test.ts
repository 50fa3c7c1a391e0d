import { stripVTControlCharacters, styleText, type InspectColor } from 'node:util';
import t from 'tap';

import { renderStatus } from '../../src/cli/render-status.ts';
import type { ControlReply, Status } from '../../src/contract/control.ts';
import { createFakeTerminal, echo, folderOf, portico, startFakeDaemon, status } from './fakes.ts';

const starting: Status = { ...status, services: [{ ...echo, state: 'starting' }] };
const failed: Status = { ...status, services: [{ ...echo, state: 'failed', error: 'no such file' }] };

t.test('--json is what the daemon says', async (t) => {
  let own = status;
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: own }));
  own = { ...status, config: daemon.file };
  const { code, out, err } = await portico(['status', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.equal(err, '');
  t.same(JSON.parse(out), own);
  t.same(daemon.requests, [{ command: 'status' }]);
});

t.test('finds the daemon by $PORTICO_CONFIG and by the folder it is called in', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  t.match(await portico(['status'], createFakeTerminal({ env: { PORTICO_CONFIG: daemon.file } })), { code: 0 });
  t.match(await portico(['status'], createFakeTerminal({ directory: daemon.folder })), { code: 0 });
});

t.test('a table for people', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  const { code, out } = await portico(['status', '-c', daemon.file]);
  t.equal(code, 0);
  const lines = out.split('\n');
  t.match(lines[0], /^portico 0\.1\.0 {2}running, pid 123, up \d+d \d+h$/);
  t.same(lines.slice(1), [
    'configuration  /etc/portico/daemon.config.yaml (generation 2)',
    'admin          tcp://127.0.0.1:9080',
    '',
    'SERVICE  TYPE  STATE  ACTIVE  TOTAL  REFUSED      IN    OUT  ADDRESS',
    'echo     echo  up          1     12        3  2.0 KB  500 B  tcp://127.0.0.1:2007',
    '                                                             udp://127.0.0.1:2007',
    '',
    'WORKER  PID  GENERATION  SESSIONS  MEMORY  RESTARTS',
    'main    124           2         1   50 MB         0',
    '',
  ]);
});

t.test('a failed service shows why, in colours on a terminal', async (t) => {
  const style = (format: unknown, text: string) => styleText(format as InspectColor, text, { validateStream: false });
  const text = renderStatus(failed, { style });
  t.match(text, '\u001b[31m\u001b[1mfailed');
  t.match(stripVTControlCharacters(text), /^echo {5}echo {2}failed .* tcp:\/\/127\.0\.0\.1:2007$/m);
  t.match(stripVTControlCharacters(text), /^echo: no such file$/m, 'on a line of its own');
});

t.test('of a module of somebody’s own the file’s name is shown', async (t) => {
  const text = renderStatus(
    { ...status, services: [{ ...echo, type: '/srv/long/path/greeter.ts' }] },
    createFakeTerminal(),
  );
  t.match(text, /^echo {5}greeter\.ts {2}up/m);
});

t.test('shows deliveries where there are any', async (t) => {
  const deliveries = [{ name: 'archive', type: 'directory', queued: 1, delivered: 20, failed: 3 }];
  const text = renderStatus({ ...status, deliveries }, createFakeTerminal());
  t.match(text, 'DELIVERY  TYPE       QUEUED  DELIVERED  FAILED\narchive   directory       1         20       3\n');
  t.notMatch(text, 'is down');
  const down = renderStatus({ ...status, deliveries: [{ ...deliveries[0]!, down: true }] }, createFakeTerminal());
  t.match(down, /\narchive is down: one thing at a time is tried, with pauses of up to a minute; .*\n$/);
});

t.test('no daemon: 3', async (t) => {
  const folder = folderOf(t, { 'a.yaml': 'services: {}' });
  const { code, out, err } = await portico(['status', '--json', '-c', `${folder}/a.yaml`]);
  t.equal(code, 3);
  t.equal(out, '');
  t.equal(err, `portico: the daemon is not running (nothing listens on ${folder}/var/portico.sock)\n`);
});

t.test('--wait returns when every enabled service is up', async (t) => {
  const values: Status[] = [
    { ...status, state: 'starting', services: [] },
    starting,
    { ...failed, state: 'reloading' },
    { ...status, services: [echo, { ...echo, name: 'old', state: 'disabled' }] },
  ];
  const replies: ControlReply[] = values.map((value) => ({ ok: true, value }));
  replies.unshift({ ok: false, code: 70, message: 'the daemon is starting' });
  const daemon = await startFakeDaemon(t, () => replies.shift() ?? []);
  const { code, out } = await portico(['status', '--wait', '1m', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.match(JSON.parse(out), { services: [{ name: 'echo', state: 'up' }, { name: 'old' }] });
  t.equal(daemon.requests.length, 5);
});

t.test('--wait is 1 when a service does not come up in time', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: starting }));
  const { code, out, err } = await portico(['status', '--wait', '50ms', '--json', '-c', daemon.file]);
  t.equal(code, 1);
  t.match(JSON.parse(out), { services: [{ state: 'starting' }] });
  t.match(err, /^portico: not every service is up after 50ms: echo is starting$/m);
});

t.test('--wait tells what it has seen last when the daemon does not answer once', async (t) => {
  let asked = 0;
  const daemon = await startFakeDaemon(t, () =>
    asked++ === 0 ? { ok: true, value: starting } : { ok: false, code: 70, message: 'the daemon is busy' },
  );
  const { code, err } = await portico(['status', '--wait', '50ms', '-c', daemon.file]);
  // One question, or two: the second has no time left.
  t.equal(code, 1);
  t.match(err, /^portico: not every service is up after 50ms: echo is starting$/m);
});

t.test('--wait does not wait for what has failed, and names it', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: failed }));
  const { code, err } = await portico(['status', '--wait', '10m', '-c', daemon.file]);
  t.equal(code, 1);
  t.match(err, /^portico: not every service is up: echo has failed \(no such file\)$/m);
});

t.test('says when the daemon that answers has another configuration', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  t.match(await portico(['status', '-c', daemon.file]), {
    code: 0,
    err: `portico: the daemon that answers was started with ${status.config}, not ${daemon.file}\n`,
  });
});

t.test('--wait waits for a daemon to start, and is 3 when none does', async (t) => {
  const folder = folderOf(t, { 'a.yaml': '' });
  const { code, err } = await portico(['status', '--wait', '150ms', '-c', `${folder}/a.yaml`]);
  t.equal(code, 3);
  t.match(err, 'the daemon is not running');
});

t.test('--wait needs a duration', async (t) => {
  const { code, err } = await portico(['status', '--wait', 'soon', '-c', '/nowhere']);
  t.equal(code, 64);
  t.match(err, 'expected a duration such as "10s", got "soon"');
});
