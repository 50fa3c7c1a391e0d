import t from 'tap';

import { portico, startFakeDaemon } from './fakes.ts';

t.test('ends a session', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: null }));
  t.same(await portico(['kick', 'abc', '-c', daemon.file]), { code: 0, out: 'abc ended\n', err: '' });
  t.same(daemon.requests, [{ command: 'kick', id: 'abc' }]);
});

t.test('1 when there is none of that id', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 1, message: 'there is no session abc' }));
  t.same(await portico(['kick', 'abc', '-c', daemon.file]), {
    code: 1,
    out: '',
    err: 'portico: there is no session abc\n',
  });
});

t.test('no daemon: 3', async (t) => {
  const daemon = await startFakeDaemon(t, () => null);
  await daemon.close();
  t.match(await portico(['kick', 'abc', '-c', daemon.file]), { code: 3 });
});
