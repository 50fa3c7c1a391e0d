import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import type { OutputPlan } from '../../src/contract/plan.ts';
import { checkLogs } from '../../src/doctor/logs.ts';
import { needRoot } from '../support/peers.ts';
import { listenPlan, plan } from '../support/plans.ts';
import { patient, readOnlyPlace, statusOf, told } from './patient.ts';

const look = (output: OutputPlan, pid?: number) =>
  checkLogs(
    patient({ logging: { ...plan().logging, outputs: [output] } }, pid === undefined ? null : statusOf({ pid })),
  );
const file = (path: string): OutputPlan => ({ kind: 'file', path, format: 'json' });
const syslog = (text: string): OutputPlan => ({
  kind: 'syslog',
  address: listenPlan(text),
  format: 'rfc5424',
  ca: null,
});

t.test('files', async (t) => {
  const folder = t.testdir({ log: '', sub: {} });
  t.same(look(file(join(folder, 'log'))), []);
  t.same(look(file(join(folder, 'new'))), []);
  t.same(look(file(join(folder, 'not/yet/log'))), [], 'its folder is made at the start');
  t.same(told(look(file(join(folder, 'sub')))), [
    `error: the log file ${folder}/sub cannot be written: it is a folder`,
  ]);
  t.same(told(look(file(join(folder, 'log/log')))), [
    `error: the log file ${folder}/log/log cannot be written: ${folder}/log is no folder`,
  ]);
  const shut = readOnlyPlace();
  if (shut !== null)
    t.same(told(look(file(join(shut, 'log')))), [
      `error: the log file ${shut}/log cannot be written: the file system of ${shut} is mounted read-only`,
    ]);
});

t.test('of a daemon that is no root', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-logs-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  const daemon = spawn('/bin/cat', { uid: 12_345, gid: 12_346, stdio: ['pipe', 'ignore', 'inherit'] });
  await once(daemon, 'spawn');
  t.teardown(() => daemon.kill());
  const [found] = look(file(join(base, 'log')), daemon.pid);
  t.match(found, {
    message: `the log file ${base}/log cannot be written: user 12345, whom the daemon runs as, may not write ${base}`,
    fix: `install -o 12345 -m 0640 /dev/null ${base}/log`,
  });
  t.equal(look(file(join(base, 'new/log')), daemon.pid)[0]?.fix, `install -d -o 12345 -m 0700 ${base}/new`);
});

t.test('a socket of the machine', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-logs-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'log');
  t.same(told(look(syslog(`unix:${path}`))), [`error: log lines cannot go to unix:${path}: there is no such socket`]);
  t.same(told(look(syslog(`unix:${folder}`))), [`error: log lines cannot go to unix:${folder}: it is no socket`]);
  const server = net.createServer().listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  t.same(look(syslog(`unix:${path}`)), []);
  t.same(look(syslog('udp://127.0.0.1:514')), [], 'what is elsewhere is not asked');
});
