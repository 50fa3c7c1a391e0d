import t from 'tap';

import { untilAborted } from '../../../../src/services/ftp/transfer/until-aborted.ts';

t.test('gives what the task gives', async (t) => {
  const { signal } = new AbortController();
  t.equal(await untilAborted(Promise.resolve(1), signal), 1);
  await t.rejects(untilAborted(Promise.reject(new Error('no')), signal), { message: 'no' });
});

t.test('does not wait for a task longer than the signal lets it', async (t) => {
  const controller = new AbortController();
  const waiting = untilAborted(new Promise(() => {}), controller.signal);
  controller.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  await t.rejects(untilAborted(new Promise(() => {}), controller.signal), { message: 'enough' });
  await t.rejects(untilAborted(Promise.reject(new Error('late')), controller.signal), { message: 'enough' });
});
