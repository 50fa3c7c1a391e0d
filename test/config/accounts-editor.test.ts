import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { openAccountsEditor } from '../../src/config/accounts-editor.ts';
import type { AccountEditor } from '../../src/contract/account.ts';
import { publicKeys } from '../wire/public-keys.ts';

const old = '$2y$05$3JqzA8EDYuK9H3l1Ntp9FOcaNx3vBLaPKNHcTcJ92AEmbwluHa0WW';
const next = '$argon2id$v=19$m=19456,t=2,p=1$eMgOy430u0KdQMb3baePjw$SKmEIiX/4Jq0gYjJMfzqdnAyBwyZYnpmIwyyN0zmXds';
const key = publicKeys.ed25519;

function editorFor(t: Test, text: string | null): { readonly path: string; readonly editor: AccountEditor } {
  const path = join(t.testdir({}), 'accounts.yaml');
  if (text !== null) fs.writeFileSync(path, text, { mode: 0o644 });
  return { path, editor: openAccountsEditor(path, { state: '/state', env: {} }) };
}

t.test('from nothing to nothing', async (t) => {
  const { path, editor } = editorFor(t, null);
  t.same(await editor.records(), []);
  t.notOk(await editor.setPassword('alice', old));
  t.notOk(await editor.remove('alice'));
  t.notOk(await editor.addKey('alice', key));
  t.notOk(fs.existsSync(path), 'nothing of that makes a file');
  t.ok(await editor.add('alice', old));
  t.equal(fs.statSync(path).mode & 0o7777, 0o600);
  t.notOk(await editor.add('alice', next), 'there is one already');
  t.ok(await editor.setPassword('alice', next));
  t.ok(await editor.addKey('alice', `${key} alice@laptop`));
  t.ok(await editor.addKey('alice', `  ${key}   alice@work`), 'the same again');
  t.equal(fs.readFileSync(path, 'utf8'), `alice:\n  password: ${next}\n  keys: [${key} alice@laptop]\n`);
  t.match(await editor.records(), [{ name: 'alice', password: next, keys: [key] }]);
  t.ok(await editor.remove('alice'));
  t.equal(fs.readFileSync(path, 'utf8'), '');
  t.same(fs.readdirSync(join(path, '..')), ['accounts.yaml'], 'neither a lock nor a temporary file is left');
  editor.close();
});

t.test('many at once', async (t) => {
  const { path, editor } = editorFor(t, '# us\n');
  const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
  t.same(
    await Promise.all(names.map((name) => editor.add(name, old))),
    names.map(() => true),
  );
  t.same((await editor.records()).map(({ name }) => name).sort(), names);
  t.equal(fs.statSync(path).mode & 0o7777, 0o644, 'the mode stays');
});

t.test('a file with mistakes stays as it is', async (t) => {
  const text = 'alice: { qota: 1GB }\n';
  const { path, editor } = editorFor(t, text);
  const attempts: readonly Promise<unknown>[] = [editor.records(), editor.add('bob', old), editor.remove('alice')];
  for (const attempt of attempts) {
    await t.rejects(attempt, {
      name: 'ConfigError',
      message: `${path}:1:10: alice.qota: unknown key "qota", did you mean "quota"?`,
    });
  }
  t.equal(fs.readFileSync(path, 'utf8'), text);
});

t.test('errors', async (t) => {
  const { editor } = editorFor(t, 'alice: &a {}\nbob: *a\n');
  await t.rejects(editor.addKey('alice', 'hunter2'), { name: 'OptionError' });
  await t.rejects(editor.setPassword('bob', old), { name: 'NotEditable' });
  const nowhere = openAccountsEditor(join(t.testdir({}), 'no/accounts.yaml'), { state: '/state', env: {} });
  await t.rejects(nowhere.add('alice', old), { code: 'ENOENT' });
});
