import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { openSqliteEditor } from '../../src/accounts/sqlite-editor.ts';
import type { AccountEditor } from '../../src/contract/account.ts';
import { aliceKey, secretHash } from './records.ts';

const isRoot = process.geteuid?.() === 0;

function editorFor(t: Test): { readonly path: string; readonly editor: AccountEditor } {
  const path = join(t.testdir({}), 'accounts.db');
  const editor = openSqliteEditor({ path, state: '/state' });
  t.teardown(() => editor.close());
  return { path, editor };
}

t.test('from nothing to nothing', async (t) => {
  const { path, editor } = editorFor(t);
  t.same(await editor.records(), []);
  t.notOk(await editor.setPassword('alice', secretHash));
  t.notOk(await editor.remove('alice'));
  t.notOk(await editor.addKey('alice', aliceKey));
  t.notOk(fs.existsSync(path), 'nothing of that makes a file');

  t.ok(await editor.add('bob', 'old'));
  t.ok(await editor.add('alice', 'old'));
  t.equal(fs.statSync(path).mode & 0o7777, isRoot ? 0o640 : 0o600);
  t.notOk(await editor.add('alice', secretHash), 'there is one already');
  t.ok(await editor.setPassword('alice', secretHash));
  t.ok(await editor.addKey('alice', `${aliceKey} alice@laptop`));
  t.ok(await editor.addKey('alice', `${aliceKey} alice@work`), 'the same again');
  t.strictSame(await editor.records(), [
    {
      name: 'alice',
      password: secretHash,
      home: '/state/home/alice',
      services: null,
      permissions: ['list', 'read', 'write', 'delete', 'rename', 'mkdir'],
      quota: null,
      keys: [aliceKey],
      mail: [],
    },
    {
      name: 'bob',
      password: 'old',
      home: '/state/home/bob',
      services: null,
      permissions: ['list', 'read', 'write', 'delete', 'rename', 'mkdir'],
      quota: null,
      keys: [],
      mail: [],
    },
  ]);
  t.ok(await editor.remove('alice'));
  t.notOk(await editor.addKey('alice', aliceKey));
  t.ok(await editor.remove('bob'));
  t.same(await editor.records(), []);
});

t.test('errors', async (t) => {
  const { path, editor } = editorFor(t);
  await t.rejects(editor.addKey('alice', 'hunter2'), { name: 'OptionError' });
  fs.writeFileSync(path, 'this is no database '.repeat(100));
  const attempts: readonly Promise<unknown>[] = [
    editor.records(),
    editor.add('alice', secretHash),
    editor.remove('alice'),
  ];
  for (const attempt of attempts) {
    await t.rejects(attempt, {
      name: 'AccountsDatabaseError',
      message: `${path}: cannot be used: file is not a database`,
    });
  }
});
