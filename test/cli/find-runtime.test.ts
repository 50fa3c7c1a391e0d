import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { findRuntime } from '../../src/cli/find-runtime.ts';
import { folderOf } from './fakes.ts';

const systemd = { RUNTIME_DIRECTORY: '/run/portico:/run/other', STATE_DIRECTORY: '/var/lib/portico' };

for (const [what, text, env, expected] of [
  ['nothing said', 'services: {}', {}, 'var'],
  ['an empty file', '', {}, 'var'],
  ['runtime', 'daemon: { runtime: ./run, state: ./state }', {}, 'run'],
  ['only state', 'daemon:\n  state: ./state\n', {}, 'state'],
  ['an absolute path', 'daemon: { runtime: /run/p }', {}, '/run/p'],
  ['$RUNTIME_DIRECTORY goes before state', 'daemon: { state: ./state }', systemd, '/run/portico'],
  ['runtime goes before $RUNTIME_DIRECTORY', 'daemon: { runtime: ./run }', systemd, 'run'],
  ['$STATE_DIRECTORY', '', { STATE_DIRECTORY: '/var/lib/portico' }, '/var/lib/portico'],
  ['state goes before $STATE_DIRECTORY', 'daemon: { state: ./s }', { STATE_DIRECTORY: '/var/lib/portico' }, 's'],
  ['a variable', 'daemon: { runtime: "${BASE}/run" }', { BASE: '/srv' }, '/srv/run'],
  ['a variable without quotes in braces', 'daemon: {runtime: ${BASE}}', { BASE: '/srv' }, '/srv'],
  ['a fallback', 'daemon: { runtime: "${BASE:-./fallback}" }', {}, 'fallback'],
  ['an alias', 'x: &p ./run\ndaemon: { runtime: *p }', {}, 'run'],
  ['mistakes elsewhere', 'daemon:\n  runtime: ./run\n  wrokers: -1\nservices: nonsense', {}, 'run'],
  ['text that breaks off', 'daemon:\n  runtime: ./run\nservices:\n  echo: { listen: [', {}, 'run'],
  ['a value that is no path', 'daemon: { runtime: 5 }', {}, 'var'],
  ['a section that is no map', 'daemon: 5', {}, 'var'],
  ['a list instead of the file', '- a', {}, 'var'],
] as const) {
  t.test(what, async (t) => {
    const folder = folderOf(t, { 'daemon.config.yaml': text });
    const { folder: found } = await findRuntime(join(folder, 'daemon.config.yaml'), env);
    t.equal(found, expected.startsWith('/') ? expected : join(folder, expected));
  });
}

t.test('knows a guess from a fact', async (t) => {
  const folder = folderOf(t, { 'a.yaml': '', 'b.yaml': 'daemon: { state: ./var }' });
  t.equal((await findRuntime(join(folder, 'a.yaml'), {})).isDefault, true);
  t.equal((await findRuntime(join(folder, 'b.yaml'), {})).isDefault, false);
});

t.test('the section may stand in an included file, whose folder its paths are relative to', async (t) => {
  const folder = folderOf(t, {
    'daemon.config.yaml': 'include: [conf.d/*.yaml]\nservices: { echo: { listne: 1 } }',
    'conf.d/daemon.yaml': 'daemon: { runtime: ./run }',
  });
  t.equal((await findRuntime(join(folder, 'daemon.config.yaml'), {})).folder, join(folder, 'conf.d/run'));
});

t.test('a file that is not there is 78', async (t) => {
  const path = join(folderOf(t), 'missing.yaml');
  await t.rejects(findRuntime(path, {}), { code: 78, message: `${path}: there is no such file` });
});

t.test(
  'a file that may not be read is 77',
  { skip: process.getuid?.() === 0 ? 'root may read all' : false },
  async (t) => {
    const folder = folderOf(t, { 'a.yaml': '' });
    fs.chmodSync(join(folder, 'a.yaml'), 0o000);
    await t.rejects(findRuntime(join(folder, 'a.yaml'), {}), { code: 77 });
  },
);
