import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, needRoot, runPeer } from '../support/peers.ts';

t.test('finger, which knows port 79 only', async (t) => {
  const finger = needProgram(t, 'finger');
  if (finger === null || !needRoot(t, 'port 79')) return;
  const plans = makeFolder(t, { alice: 'Away.\x1b[2J\n', bob: '' });
  // An address of this machine that nobody else has taken.
  await startDaemon(t, `services: { finger: { listen: tcp://127.0.0.79:79, plans: ${plans}, list: true } }`);
  const ask = async (...args: string[]): Promise<string> => (await runPeer(t, [finger, ...args])).stdout;
  t.match(await ask('alice@127.0.0.79'), /Name: alice\r?\nPlan:\r?\nAway\.\\x1b\[2J/);
  t.match(await ask('-l', 'alice@127.0.0.79'), /Changed: \d{4}-/);
  t.match(await ask('@127.0.0.79'), /alice\r?\nbob/);
  t.match(await ask('nobody@127.0.0.79'), /There is nobody of that name\./);
  t.match(await ask('alice@elsewhere@127.0.0.79'), /Finger forwarding service denied\./);
});
