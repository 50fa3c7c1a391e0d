import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { serviceManagerStore } from '../../src/master/socket-store.ts';
import { libc } from '../../src/system/libc.ts';
import { shortFolder } from '../system/short-folder.ts';
import { bindUnixDatagrams } from '../system/unix-datagrams.ts';

t.test('what the service manager is told', { skip: libc === null ? 'no node:ffi' : false }, async (t) => {
  const path = join(shortFolder(t), 'notify');
  const manager = bindUnixDatagrams(t, path);
  process.env['NOTIFY_SOCKET'] = path;
  t.teardown(() => delete process.env['NOTIFY_SOCKET']);
  const fd = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(fd));

  serviceManagerStore.keep(fd, 'portico-stream ::1 25');
  t.equal(await manager.receive(), 'FDSTORE=1\nFDNAME=portico-stored%20portico-stream%20%3A%3A1%2025\nFDPOLL=0');
  serviceManagerStore.forget('portico-stream ::1 25');
  t.equal(await manager.receive(), 'FDSTOREREMOVE=1\nFDNAME=portico-stored%20portico-stream%20%3A%3A1%2025');
  // A name that is too long is not told at all.
  serviceManagerStore.keep(fd, 'x'.repeat(300));
  serviceManagerStore.forget('y');
  t.equal(await manager.receive(), 'FDSTOREREMOVE=1\nFDNAME=portico-stored%20y');
});

t.test('without one nothing happens', async (t) => {
  delete process.env['NOTIFY_SOCKET'];
  serviceManagerStore.keep(0, 'x');
  serviceManagerStore.forget('x');
  t.pass();
});
