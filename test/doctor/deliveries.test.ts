import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { checkDeliveries, folderOf } from '../../src/doctor/deliveries.ts';
import { needRoot } from '../support/peers.ts';
import { daemonPlan, deliveryPlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

t.test('what deliveries cannot get at', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-deliveries-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  mkdirSync(join(base, 'locked'), { mode: 0o700 });
  mkdirSync(join(base, 'locked/in'));
  writeFileSync(join(base, 'key'), '', { mode: 0o600 });
  const look = (type: string, options: object) => {
    const deliveries = { out: deliveryPlan({ type, options: options as never, base }) };
    return told(checkDeliveries(patient({ daemon: daemonPlan({ user: 'nobody' }), deliveries })));
  };

  t.same(look('directory', { path: './not/yet' }), [], 'it is made at the start');
  t.same(look('directory', { path: './locked/in' }), [
    `error: nobody, who serves the delivery out, may not enter ${base}/locked, on the way to ${base}/locked/in`,
  ]);
  t.same(look('directory', { path: './locked/new' }), [
    `error: nobody, who serves the delivery out, may not enter ${base}/locked, on the way to ${base}/locked/new`,
  ]);
  t.same(look('maildir', { path: './locked' }), [
    `error: nobody, who serves the delivery out, may not write or enter ${base}/locked`,
  ]);
  t.same(look('directory', { path: './key' }), [`error: ${base}/key of the delivery out is no folder`]);
  t.same(look('directory', { path: './key/below' }), [
    `error: ${base}/key/below of the delivery out cannot be made: ${base}/key is no folder`,
  ]);
  t.same(look('command', { command: ['/bin/cat'] }), []);
  t.same(look('command', { command: ['./absent'], directory: './nowhere' }), [
    `error: ${base}/absent of the delivery out does not exist`,
    `error: ${base}/nowhere of the delivery out does not exist`,
  ]);
  t.same(look('command', { command: ['./key'] }), [
    `error: nobody, who serves the delivery out, may not run ${base}/key`,
  ]);
  t.same(look('sftp', { key: './absent' }), [`error: ${base}/absent of the delivery out does not exist`]);
  t.same(look('sftp', { key: './key' }), [`error: nobody, who serves the delivery out, may not read ${base}/key`]);
  t.same(look('webhook', { url: 'https://hooks.example/', ca: './absent' }), [
    `error: ${base}/absent of the delivery out does not exist`,
  ]);
});

t.test('the folder that things are put into', async (t) => {
  const folder = (type: string, options: object) =>
    folderOf(deliveryPlan({ type, options: options as never, base: '/srv' }));
  t.equal(folder('directory', { path: './in' }), '/srv/in');
  t.equal(folder('maildir', { path: '/var/mail/x' }), '/var/mail/x');
  t.equal(folder('sftp', { path: './in' }), null, 'which is elsewhere');
});
