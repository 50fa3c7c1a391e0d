import { join } from 'node:path';

import t, { type Test } from 'tap';

import { portico } from '../support/daemon.ts';
import {
  freePort,
  makeFolder,
  needProgram,
  runPeer,
  startPeer,
  wantProgram,
  type RunningPeer,
} from '../support/peers.ts';

t.test('systemd hands over a listening socket, by its name', async (t) => {
  const activate = wantProgram(t, 'systemd-socket-activate');
  if (activate === null) return;
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const [echo, daytime] = [await freePort('tcp'), await freePort('tcp')];
  const folder = makeFolder(t, {
    'daemon.config.yaml': `
services:
  echo: { listen: socket:first }
  daytime: { listen: socket:second }
`,
  });
  const listen = ['-l', `127.0.0.1:${echo}`, '-l', `127.0.0.1:${daytime}`, '--fdname=first:second'];
  const systemd = startSocketActivate(t, [activate, ...listen], folder);
  await systemd.says(/Listening on 127\.0\.0\.1:\d+ as 4\./);

  // The one that it is started for waits in the queue meanwhile.
  t.equal((await runPeer(t, [nc, '-N', '127.0.0.1', String(echo)], { input: 'hello\n' })).stdout, 'hello\n');
  t.match((await runPeer(t, [nc, '-N', '127.0.0.1', String(daytime)])).stdout, /^\w{3} \w{3} .*\r\n$/);
  t.equal((await runPeer(t, [nc, '-N', '127.0.0.1', String(echo)], { input: 'again\n' })).stdout, 'again\n');
  await end(t, systemd);
});

t.test('systemd hands over a datagram socket', async (t) => {
  const activate = wantProgram(t, 'systemd-socket-activate');
  if (activate === null) return;
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const port = await freePort('udp');
  const folder = makeFolder(t, { 'daemon.config.yaml': 'services: { echo: { listen: socket:datagrams } }' });
  const listen = ['--datagram', '-l', `127.0.0.1:${port}`, '--fdname=datagrams'];
  const systemd = startSocketActivate(t, [activate, ...listen], folder);
  await systemd.says(/Listening on 127\.0\.0\.1:\d+ as 3\./);

  const ask = () => runPeer(t, [nc, '-u', '-W', '1', '127.0.0.1', String(port)], { input: 'hello\n' });
  t.equal((await ask()).stdout, 'hello\n');
  t.equal((await ask()).stdout, 'hello\n');
  await end(t, systemd);
});

t.test('systemd hands over a unix socket', async (t) => {
  const activate = wantProgram(t, 'systemd-socket-activate');
  if (activate === null) return;
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const folder = makeFolder(t, { 'daemon.config.yaml': 'services: { echo: { listen: socket:local } }' });
  const path = join(folder, 'echo.sock');
  const systemd = startSocketActivate(t, [activate, '-l', path, '--fdname=local'], folder);
  await systemd.says(/Listening on .* as 3\./);
  t.equal((await runPeer(t, [nc, '-N', '-U', path], { input: 'hello\n' })).stdout, 'hello\n');
  await end(t, systemd);
});

t.test('a name that systemd does not know is told', async (t) => {
  const activate = wantProgram(t, 'systemd-socket-activate');
  if (activate === null) return;
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const port = await freePort('tcp');
  const folder = makeFolder(t, { 'daemon.config.yaml': 'services: { echo: { listen: socket:other } }' });
  const systemd = startSocketActivate(t, [activate, '-l', `127.0.0.1:${port}`, '--fdname=web'], folder);
  await systemd.says(/Listening on 127\.0\.0\.1:\d+ as 3\./);
  await runPeer(t, [nc, '-N', '127.0.0.1', String(port)]);
  t.equal(await systemd.ended, 69);
  t.match(systemd.output(), /service echo: socket:other: no socket of this name was inherited from systemd/);
});

/** It becomes the daemon, with the same pid, when somebody knocks. */
function startSocketActivate(t: Test, [path, ...args]: readonly [string, ...string[]], folder: string): RunningPeer {
  const daemon = [process.execPath, portico, 'run', '-c', join(folder, 'daemon.config.yaml')];
  return startPeer(t, [path, ...args, ...daemon], { cwd: folder });
}

async function end(t: Test, systemd: RunningPeer): Promise<void> {
  systemd.signal('SIGTERM');
  t.equal(await systemd.ended, 0, systemd.output());
}
