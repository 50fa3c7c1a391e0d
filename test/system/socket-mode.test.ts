import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';

import { setSocketMode } from '../../src/system/socket-mode.ts';
import { shortFolder } from './short-folder.ts';

t.test('changes the mode of a socket file', async (t) => {
  const path = join(shortFolder(t), 's');
  const server = createServer().listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  setSocketMode(path, 0o620);
  t.equal(fs.statSync(path).mode & 0o777, 0o620);
});

t.test('a link in the place of the socket does not open the file that it leads to', async (t) => {
  const folder = shortFolder(t);
  const [secret, path] = [join(folder, 'secret'), join(folder, 's')];
  fs.writeFileSync(secret, '', { mode: 0o600 });
  fs.symlinkSync(secret, path);
  t.throws(() => setSocketMode(path, 0o666), { message: `${path} is no socket` });
  t.throws(() => setSocketMode(secret, 0o666), { message: `${secret} is no socket` });
  t.throws(() => setSocketMode(join(folder, 'none'), 0o666), { code: 'ENOENT' });
  t.equal(fs.statSync(secret).mode & 0o777, 0o600);
});
