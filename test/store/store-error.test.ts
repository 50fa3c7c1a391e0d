import t from 'tap';

import { StoreError, toStoreError } from '../../src/store/store-error.ts';

t.test('what SQLite and the system say becomes what is wrong and what to do', async (t) => {
  const cases: [object, string, string][] = [
    [{ errcode: 11 }, 'corrupt', 'the database is damaged (why)'],
    [{ errcode: 267 }, 'corrupt', 'the database is damaged (why)'],
    [{ errcode: 26 }, 'corrupt', 'the database is damaged (why)'],
    [{ errcode: 8 }, 'read-only', 'the database cannot be written (why)'],
    [{ errcode: 1544 }, 'read-only', 'the database cannot be written (why)'],
    [{ code: 'EROFS' }, 'read-only', 'the database cannot be written (why)'],
    [{ errcode: 13 }, 'full', 'no space left for the database (why)'],
    [{ errcode: 4874 }, 'full', 'no space left for the database (why)'],
    [{ code: 'ENOSPC' }, 'full', 'no space left for the database (why)'],
    [{ errcode: 10 }, 'io', 'the disk does not read or write (why)'],
    [{ errcode: 266 }, 'io', 'the disk does not read or write (why)'],
    [{ errcode: 5 }, 'busy', 'another process holds the database (why)'],
    [{ errcode: 261 }, 'busy', 'another process holds the database (why)'],
    [{ errcode: 3 }, 'permission', 'no permission to use the database (why)'],
    [{ code: 'EACCES' }, 'permission', 'no permission to use the database (why)'],
    [{ code: 'ERR_INVALID_STATE' }, 'closed', 'the database is closed (why)'],
    [{ errcode: 1 }, 'other', 'the database does not work (why)'],
    [{}, 'other', 'the database does not work (why)'],
  ];
  for (const [members, trouble, wrong] of cases) {
    const error = toStoreError('/var/lib/portico.db', Object.assign(new Error('why'), members));
    t.equal(error.trouble, trouble, JSON.stringify(members));
    t.ok(error.message.startsWith(`/var/lib/portico.db: ${wrong}: `), error.message);
  }
});

t.test('where SQLite cannot open, the system says why', async (t) => {
  const error = Object.assign(new Error('unable to open database file'), { errcode: 14 });
  t.match(toStoreError('/nowhere/portico.db', error), { trouble: 'missing', cause: { code: 'ENOENT' } });
});

t.test('a StoreError stays what it is', async (t) => {
  const error = new StoreError('/a', 'newer');
  t.equal(toStoreError('/a', error), error);
});
