import t from 'tap';

import type { ControlReply } from '../../src/contract/control.ts';
import { portico, startFakeDaemon, status } from './fakes.ts';

const running: ControlReply = { ok: true, value: { ...status, version: '0.2.0' } };

t.test('waits until the new program runs', async (t) => {
  const states: ControlReply[] = [{ ok: true, value: { ...status, state: 'starting' } }, running];
  const daemon = await startFakeDaemon(t, ({ command }) =>
    command === 'upgrade' ? { ok: true, value: null } : (states.shift() ?? running),
  );
  t.same(await portico(['upgrade', '-c', daemon.file]), { code: 0, out: 'upgraded to 0.2.0, pid 123\n', err: '' });
  t.same(daemon.requests, [{ command: 'upgrade' }, { command: 'status' }, { command: 'status' }]);
});

t.test('a connection that ends without an answer means that the old program is gone', async (t) => {
  const daemon = await startFakeDaemon(t, ({ command }) => (command === 'upgrade' ? [] : running));
  t.match(await portico(['upgrade', '-c', daemon.file]), { code: 0 });
});

t.test('a program that cannot be started is 70, and the old one goes on', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({
    ok: false,
    code: 70,
    message: 'the program on disk does not start',
  }));
  t.match(await portico(['upgrade', '-c', daemon.file]), {
    code: 70,
    out: '',
    err: 'portico: the program on disk does not start\n',
  });
});
