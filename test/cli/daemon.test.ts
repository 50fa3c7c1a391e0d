import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { findDaemon } from '../../src/cli/daemon.ts';
import type { Status } from '../../src/contract/control.ts';
import { createFakeTerminal, folderOf, startFakeDaemon, status } from './fakes.ts';

const callWith = (config: string, env = {}) => ({ options: { config }, terminal: createFakeTerminal({ env }) });

t.test("systemd's daemon is found when it was started with this file", async (t) => {
  const folder = folderOf(t, { 'own.yaml': '', 'other.yaml': '', 'said.yaml': 'daemon: { runtime: ./run }' });
  fs.symlinkSync('own.yaml', join(folder, 'link.yaml'));
  const system = await startFakeDaemon(t, () => ({ ok: true, value: { ...status, config: join(folder, 'own.yaml') } }));
  const socket = join(system.folder, 'portico.sock');
  const find = async (name: string, env?: object): Promise<Status> =>
    (await findDaemon(callWith(join(folder, name), env), socket)).status();

  t.match(await find('own.yaml'), { pid: 123 });
  t.match(await find('link.yaml'), { pid: 123 });
  await t.rejects(find('other.yaml'), { code: 3 }, 'another file');
  await t.rejects(find('said.yaml'), { code: 3 }, 'a file that says where its daemon is');
  await t.rejects(
    find('own.yaml', { RUNTIME_DIRECTORY: join(folder, 'run') }),
    { code: 3 },
    'an environment that does',
  );
});

t.test('a daemon where the file says goes before that', async (t) => {
  const folder = folderOf(t, { 'own.yaml': '' });
  const system = await startFakeDaemon(t, () => ({ ok: true, value: { ...status, config: join(folder, 'own.yaml') } }));
  const own = await startFakeDaemon(t, () => ({ ok: true, value: { ...status, pid: 456 } }));
  fs.mkdirSync(join(folder, 'var'));
  fs.linkSync(join(own.folder, 'portico.sock'), join(folder, 'var/portico.sock'));
  const daemon = await findDaemon(callWith(join(folder, 'own.yaml')), join(system.folder, 'portico.sock'));
  t.match(await daemon.status(), { pid: 456 });
});
