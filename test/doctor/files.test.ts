import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { checkFiles } from '../../src/doctor/files.ts';
import { needRoot } from '../support/peers.ts';
import { daemonPlan, servicePlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

t.test('what a service names and its user cannot get at', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-files-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  writeFileSync(join(base, 'app.ts'), '');
  chmodSync(join(base, 'app.ts'), 0o600);
  chmodSync(base, 0o755);
  const daemon = daemonPlan({ user: 'nobody' });
  const look = (options: object, more: object = {}) =>
    told(
      checkFiles(
        patient({ daemon, services: [servicePlan({ name: 'web', options: options as never, base, ...more })] }),
      ),
    );

  t.same(look({ routes: { '/': { files: '.' } } }), []);
  t.same(look({ root: '{home}' }), [], 'a template leads elsewhere for each account');
  t.same(look({ routes: { '/': { files: './public' } } }), [`error: ${base}/public of the service web does not exist`]);
  t.same(look({ routes: { '/app/': { module: './app.ts' } } }), [
    `error: nobody, who serves the service web, may not read ${base}/app.ts`,
  ]);
  t.same(look({ command: ['/usr/bin/env', 'cat'] }), []);
  t.same(look({ command: ['/usr/bin/no-such-program'] }), [
    'error: /usr/bin/no-such-program of the service web does not exist',
  ]);
  t.same(look({ routes: { '/': { files: './app.ts' } } }), [`error: ${base}/app.ts of the service web is no folder`]);
  t.same(look({ routes: { '/app/': { module: '.' } } }), [
    `error: ${base} of the service web is a folder, and no file`,
  ]);
  t.same(look({}, { user: 'no-such-user-here' }), [
    'error: the service web is to be served by no-such-user-here, and there is no such user',
  ]);
  t.same(look({}, { user: 'no-such-user-here', enabled: false }), []);
});
