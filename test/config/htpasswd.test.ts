import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { openHtpasswdEditor } from '../../src/config/htpasswd-editor.ts';
import { readHtpasswd } from '../../src/config/htpasswd.ts';
import { formatMistake, renderMistakes } from '../../src/config/mistakes.ts';
import { permissions } from '../../src/contract/account.ts';
import { isInstalled } from '../system/installed.ts';

const bcrypt = '$2y$05$3JqzA8EDYuK9H3l1Ntp9FOcaNx3vBLaPKNHcTcJ92AEmbwluHa0WW';
const state = '/state';

function fileFor(t: Test, text: string): string {
  return join(t.testdir({ htpasswd: text }), 'htpasswd');
}

function mistakesOf(path: string): string[] {
  const { records, mistakes } = readHtpasswd(path, { state });
  t.same(records, []);
  const shown = renderMistakes(mistakes?.mistakes ?? [], () => t.fail('the file itself is read') as never);
  t.notMatch(shown, 'hunter2');
  return (mistakes?.mistakes ?? []).map((mistake) => formatMistake(mistake).slice(`${path}:`.length));
}

t.test('accounts', async (t) => {
  const path = fileFor(t, `# staff\nalice:${bcrypt}\r\n\n  \nbob@example.com:${bcrypt}`);
  const rest = { password: bcrypt, keys: [], services: null, permissions, quota: null, mail: [] };
  t.strictSame(readHtpasswd(path, { state }), {
    records: [
      { name: 'alice', home: '/state/home/alice', ...rest },
      { name: 'bob@example.com', home: '/state/home/bob@example.com', ...rest },
    ],
    mistakes: null,
    isMissing: false,
  });
  t.strictSame(readHtpasswd(fileFor(t, ''), { state }), { records: [], mistakes: null, isMissing: false });
  t.strictSame(readHtpasswd(`${path}x`, { state }), { records: [], mistakes: null, isMissing: true });
});

t.test('what htpasswd(1) writes', { skip: isInstalled('htpasswd') ? false : 'no htpasswd' }, async (t) => {
  const path = fileFor(t, '');
  for (const [option, name] of [
    ['-B', 'alice'],
    ['-2', 'bob'],
    ['-5', 'carol'],
  ] as const) {
    execFileSync('htpasswd', ['-b', option, path, name, 'secret'], { stdio: 'ignore' });
  }
  const { records } = readHtpasswd(path, { state });
  t.same(
    records.map(({ name, password }) => `${name} ${password?.slice(0, 3)}`),
    ['alice $2y', 'bob $5$', 'carol $6$'],
  );
});

const hint = 'set a new password with "htpasswd -B FILE NAME"';

t.test('mistakes', async (t) => {
  const text = `alice:${bcrypt}
hunter2
alice:${bcrypt}
bob:hunter2
carol:$apr1$hunter2
a b:${bcrypt}
dan:${bcrypt}:hunter2
`;
  t.strictSame(mistakesOf(fileFor(t, text)), [
    '2:1: expected NAME:HASH',
    '3:1: duplicate name "alice", first on line 1',
    `4:1: "bob": expected a password hash that begins with $argon2id$, $scrypt$, $2b$, $5$, $6$ or $y$: ${hint}`,
    `5:1: "carol": Apache's MD5 ($apr1$) is too weak: ${hint}`,
    '6:1: expected a name of 1 to 64 letters, digits, "_", ".", "@", "+" and "-", the first a letter, a digit or "_", got "a b"',
    '7:1: expected NAME:HASH',
  ]);
  t.strictSame(mistakesOf(fileFor(t, 'alice\0')), ['1:6: the file contains the control character U+0000']);
});

t.test('as many as an accounts file', async (t) => {
  const many = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}:${bcrypt}\n`).join('');
  t.equal(readHtpasswd(fileFor(t, many(100_000)), { state }).records.length, 100_000);
  t.strictSame(mistakesOf(fileFor(t, many(100_001))), ['100001:1: expected at most 100000 accounts']);
});

t.test('is not written to', async (t) => {
  const path = fileFor(t, `alice:${bcrypt}\n`);
  const editor = openHtpasswdEditor(path, { state });
  t.equal((await editor.records())[0]?.name, 'alice');
  for (const [attempt, hint] of [
    [editor.add('bob', bcrypt), `htpasswd -B ${path} bob`],
    [editor.setPassword('alice', bcrypt), `htpasswd -B ${path} alice`],
    [editor.remove('alice'), `htpasswd -D ${path} alice`],
    [editor.addKey('alice', 'ssh-ed25519 AAAA'), 'it has no place for keys'],
  ] as const) {
    await t.rejects(attempt, {
      name: 'NotEditable',
      message: `an htpasswd file is kept with the program of that name: ${hint}`,
    });
  }
  fs.writeFileSync(path, 'alice\n');
  await t.rejects(editor.records(), { name: 'ConfigError' });
  editor.close();
});
