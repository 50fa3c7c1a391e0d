import t from 'tap';

import { mistake, portico, startFakeDaemon } from './fakes.ts';

t.test('says so when it is done', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  t.same(await portico(['reload', '-c', daemon.file]), { code: 0, out: 'reloaded\n', err: '' });
  t.same(daemon.requests, [{ command: 'reload' }]);
});

t.test('shows mistakes and that nothing changed, 78', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 78, message: 'x', mistakes: [mistake] }));
  t.same(await portico(['reload', '-c', daemon.file]), {
    code: 78,
    out: '',
    err: `rendered: ${mistake.message}\nportico: nothing was changed, the daemon goes on as before\n`,
  });
});

t.test('an address that cannot be bound is 69', async (t) => {
  const message = 'tcp://127.0.0.1:80: address already in use';
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 69, message }));
  t.same(await portico(['reload', '-c', daemon.file]), { code: 69, out: '', err: `portico: ${message}\n` });
});

t.test('no daemon: 3', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  await daemon.close();
  t.match(await portico(['reload', '-c', daemon.file]), { code: 3, out: '' });
});
