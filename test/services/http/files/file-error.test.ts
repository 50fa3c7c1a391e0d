import t from 'tap';

import { fileError } from '../../../../src/services/http/files/file-error.ts';

t.test('of what we may not read, the log is told who may not and what', async (t) => {
  const error = Object.assign(new Error("EACCES: permission denied, open '/srv/secret'"), { code: 'EACCES' });
  t.match(fileError(error, 'alice'), {
    status: 403,
    message: 'This cannot be read.',
    reason: `alice may not read it: EACCES: permission denied, open '/srv/secret'`,
  });
});

t.test('that something is not there is no news', async (t) => {
  t.match(fileError(Object.assign(new Error('x'), { code: 'ENOENT' }), 'alice'), { status: 404, reason: null });
});

t.test('what is nobody’s fault is thrown on', async (t) => {
  const error = Object.assign(new Error('x'), { code: 'EIO' });
  t.throws(() => fileError(error, 'alice'), error);
});
