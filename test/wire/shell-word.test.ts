import { execFileSync } from 'node:child_process';

import t from 'tap';

import { inQuotes, shellWord } from '../../src/wire/shell-word.ts';

t.test('a shell takes it for one word', async (t) => {
  for (const text of ['/srv/a', "it's", 'a b', '$(id)', '`id`', '"', '\\', '*', '', "''", 'line\nline', 'ü']) {
    for (const word of [inQuotes(text), shellWord(text)]) {
      t.equal(execFileSync('/bin/sh', ['-c', `printf %s ${word}`]).toString(), text, word);
    }
  }
});

t.test('without quotes where none are needed', async (t) => {
  t.same(['/var/ca/ca.pem', 'a@b:1', 'a b', ''].map(shellWord), ['/var/ca/ca.pem', 'a@b:1', "'a b'", "''"]);
  t.equal(inQuotes('/srv/a'), "'/srv/a'");
});
