import t from 'tap';

import { whileInSession } from '../../../../src/services/ftp/files/while-in-session.ts';

// Regression: a file system that never answered kept a session that had ended long ago.
t.test('what never answers is waited for until the session ends', async (t) => {
  const controller = new AbortController();
  t.equal(await whileInSession(controller, Promise.resolve(1)), 1);
  await t.rejects(whileInSession(controller, Promise.reject(new Error('no'))), { message: 'no' });
  const waiting = whileInSession(controller, new Promise(() => {}));
  controller.abort('idle');
  await t.rejects(waiting, { name: 'PeerError', message: 'the session has ended' });
});
