import { userInfo } from 'node:os';

import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { PeerError, TemporaryError } from '../../src/contract/errors.ts';
import { TreeError } from '../../src/contract/tree.ts';
import { codeOf, isUnreachable, toTreeError, treeError } from '../../src/files/fault.ts';

const systemError = (code: string): Error => Object.assign(new Error(`${code}: open '/srv/secret/place'`), { code });

for (const [code, fault] of [
  ['ENOENT', 'missing'],
  ['ELOOP', 'missing'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EROFS', 'denied'],
  ['ETXTBSY', 'denied'],
  ['EEXIST', 'exists'],
  ['ENOTDIR', 'not-folder'],
  ['EISDIR', 'is-folder'],
  ['ENOTEMPTY', 'not-empty'],
  ['ENXIO', 'not-file'],
  ['ENODEV', 'not-file'],
  ['ENAMETOOLONG', 'name'],
  ['EILSEQ', 'name'],
  ['EINVAL', 'name'],
  ['EFBIG', 'too-large'],
  ['EIO', 'failed'],
  ['EXDEV', 'failed'],
  ['toString', 'failed'],
] as const) {
  t.test(`${code} is ${fault}, and names no place`, async (t) => {
    const cause = systemError(code);
    const error = toTreeError(cause);
    t.match(error, { fault, cause });
    t.notMatch(error.message, /srv/);
  });
}

t.test('what the machine has against it is for the log: who may not, and where', async (t) => {
  const { username } = userInfo();
  t.match(toTreeError(systemError('EACCES'), '/srv/a'), { detail: `${username} may not do that at /srv/a (EACCES)` });
  t.match(toTreeError(systemError('EPERM'), '/srv/a'), { detail: `${username} may not do that at /srv/a (EPERM)` });
  t.match(toTreeError(systemError('EROFS'), '/srv/a'), {
    detail: '/srv/a is on a disk that is mounted read-only (EROFS)',
  });
  t.match(toTreeError(systemError('ENOENT'), '/srv/a'), { detail: null }, 'nobody has to mend that');
  t.match(toTreeError(systemError('EACCES')), { detail: null }, 'nobody knows where');
  t.match(treeError('denied'), { detail: null }, 'the account may not');
});

t.test('no room is an error of its own', async (t) => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const error = toTreeError(systemError(code));
    t.ok(error instanceof NoSpaceError);
    t.notMatch(error.message, /srv/);
  }
});

t.test('what is ours stays what it is', async (t) => {
  for (const error of [treeError('quota'), new NoSpaceError('full'), new TemporaryError('later'), new PeerError('no')])
    t.equal(toTreeError(error), error);
});

t.test('anything can be thrown', async (t) => {
  for (const thrown of [undefined, null, 'text', new Error('a bug')]) {
    const error = toTreeError(thrown);
    t.ok(error instanceof TreeError);
    t.match(error, { fault: 'failed' });
    t.equal(codeOf(thrown), undefined);
  }
  t.equal(codeOf(systemError('ENOENT')), 'ENOENT');
});

t.test('when descriptors are out it can go later', async (t) => {
  for (const code of ['EMFILE', 'ENFILE']) {
    const error = toTreeError(systemError(code));
    t.match(error, { name: 'TemporaryError', message: 'too many files are open' });
  }
});

t.test('folders that cannot be got at any more', async (t) => {
  const reached = ['EACCES', 'ENOENT', 'ENOTDIR', 'EIO', 'ENOSPC'].map((code) => isUnreachable({ code }));
  t.same(reached, [true, true, true, false, false]);
  t.equal(isUnreachable(new Error('another')), false);
});
