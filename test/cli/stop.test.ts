import t from 'tap';

import { portico, startFakeDaemon, status } from './fakes.ts';

t.test('tells the daemon to stop, and leaves it to drain', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  t.same(await portico(['stop', '-c', daemon.file]), { code: 0, out: 'stopping\n', err: '' });
  t.same(daemon.requests, [{ command: 'stop' }]);
});

t.test('--wait returns when it has ended', async (t) => {
  const daemon = await startFakeDaemon(t, ({ command }) => {
    if (command === 'stop') return { ok: true, value: null };
    void daemon.close();
    return { ok: true, value: { ...status, state: 'stopping' } };
  });
  t.same(await portico(['stop', '--wait', '1m', '-c', daemon.file]), { code: 0, out: 'stopped\n', err: '' });
});

t.test('--wait is 1 when it drains for longer', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: { ...status, state: 'stopping' } }));
  t.same(await portico(['stop', '--wait', '50ms', '-c', daemon.file]), {
    code: 1,
    out: '',
    err: 'portico: it has not ended within 50ms\n',
  });
});

t.test('no daemon: 3', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  await daemon.close();
  t.match(await portico(['stop', '-c', daemon.file]), { code: 3, out: '' });
});
