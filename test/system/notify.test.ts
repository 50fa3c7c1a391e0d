import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { notify, watchdogMs } from '../../src/system/notify.ts';
import { isInstalled } from './installed.ts';
import { shortFolder } from './short-folder.ts';
import { bindUnixDatagrams } from './unix-datagrams.ts';

const options = { skip: libc === null ? 'no node:ffi' : false };

t.test('does nothing when nobody wants to know', (t) => {
  delete process.env['NOTIFY_SOCKET'];
  notify('READY=1');
  process.env['NOTIFY_SOCKET'] = '/nonexistent/socket';
  notify('READY=1');
  process.env['NOTIFY_SOCKET'] = '/'.repeat(200);
  notify('READY=1');
  t.pass();
  t.end();
});

t.test('tells the socket of the service manager, by path or abstract name', options, async (t) => {
  for (const path of [join(shortFolder(t), 'notify'), `@portico-test-${process.pid}`]) {
    const manager = bindUnixDatagrams(t, path);
    process.env['NOTIFY_SOCKET'] = path;
    notify('READY=1\nSTATUS=9 services');
    t.equal(await manager.receive(), 'READY=1\nSTATUS=9 services');
    notify('RELOADING=1');
    t.match(await manager.receive(), /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    notify('RELOADING=1\nMONOTONIC_USEC=5');
    t.equal(await manager.receive(), 'RELOADING=1\nMONOTONIC_USEC=5');
    manager.close();
  }
});

const without = { skip: libc === null || !isInstalled('systemd-notify') ? 'no systemd-notify' : false };

t.test('without node:ffi through systemd-notify', without, async (t) => {
  const path = join(shortFolder(t), 'notify');
  const manager = bindUnixDatagrams(t, path);
  const program = `import(${JSON.stringify(import.meta.resolve('../../src/system/notify.ts'))}).then((m) => m.notify('STOPPING=1\\nSTATUS=so long'))`;
  const env = { ...process.env, PORTICO_NO_FFI: '1', NOTIFY_SOCKET: path };
  const child = spawn(process.execPath, ['-e', program], { env, stdio: 'inherit' });
  const exited = once(child, 'exit');
  t.match(await manager.receive(), /^STOPPING=1\nSTATUS=so long\n?$/);
  await exited;
});

t.test('the watchdog is for whom it names', (t) => {
  const cases: [string | undefined, string | undefined, number | null][] = [
    [undefined, undefined, null],
    ['', undefined, null],
    ['0', undefined, null],
    ['-1', undefined, null],
    ['soon', undefined, null],
    ['30000000', undefined, 30_000],
    ['30000000', '', 30_000],
    ['30000000', String(process.pid), 30_000],
    ['30000000', '1', null],
  ];
  for (const [microseconds, pid, expected] of cases) {
    setVariable('WATCHDOG_USEC', microseconds);
    setVariable('WATCHDOG_PID', pid);
    t.equal(watchdogMs(), expected, `${microseconds} ${pid}`);
  }
  t.end();
});

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
