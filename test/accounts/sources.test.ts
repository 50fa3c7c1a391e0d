import t from 'tap';

import { combineSources, createListSource } from '../../src/accounts/sources.ts';
import { createTypicalPassword } from '../../src/accounts/typical-password.ts';
import { recordOf, secretHash } from './records.ts';

const alice = recordOf('alice', { mail: ['alice@example.com', 'Sales@Example.com'] });
const bob = recordOf('bob', { mail: ['bob@example.com'] });

t.test('a list', async (t) => {
  const source = createListSource([alice, bob, recordOf('alice'), recordOf('carol', { mail: ['BOB@example.com'] })]);
  t.equal(await source.find('alice'), alice, 'the first of one name');
  t.equal(await source.find('Alice'), null);
  t.equal(await source.find('constructor'), null);
  t.equal(await source.findByMail('SALES@example.COM'), alice);
  t.equal(await source.findByMail('bob@example.com'), bob, 'the first of one address');
  t.equal(await source.findByMail('nobody@example.com'), null);
  source.close();
});

t.test('several as one', async (t) => {
  const closed: string[] = [];
  const sourceOf = (name: string, ...records: Parameters<typeof createListSource>[0]) => ({
    ...createListSource(records),
    close: () => void closed.push(name),
  });
  const other = recordOf('alice', { mail: ['old@example.com'], password: secretHash });
  const combined = combineSources([sourceOf('first', alice), sourceOf('second', other, bob)]);
  t.equal(await combined.find('alice'), alice, 'the first wins');
  t.equal(await combined.find('bob'), bob);
  t.equal(await combined.find('carol'), null);
  t.equal(await combined.findByMail('bob@example.com'), bob);
  t.equal(await combined.findByMail('old@example.com'), null, 'an account that is hidden gets no mail either');
  t.equal(await combined.typicalPassword?.(), secretHash);
  combined.close();
  t.same(closed, ['first', 'second']);
  t.equal(await combineSources([]).find('alice'), null);
});

t.test('the password that is typical', async (t) => {
  const bcrypt = (cost: string, salt: string): string => `$2b$${cost}$${salt.repeat(22)}${'x'.repeat(31)}`;
  const sha = (rounds: string, salt: string): string => `$5$${rounds}${salt}$${'x'.repeat(43)}`;
  const yescrypt = (cost: string, salt: string): string => `$y$${cost}$${salt}$${'x'.repeat(43)}`;
  for (const [what, passwords, expected] of [
    ['of none', [], null],
    ['of accounts without one', [null, null], null],
    ['of what is no hash', ['hunter2'], null],
    ['the most frequent', [bcrypt('10', 'a'), bcrypt('12', 'b'), bcrypt('12', 'c')], bcrypt('12', 'b')],
    ['whatever its salt', [yescrypt('j9T', 'aa'), sha('', 'a'), sha('', 'b')], sha('', 'a')],
    [
      'rounds count',
      [yescrypt('j9T', 'a'), sha('rounds=1000$', 'a'), yescrypt('j9T', 'b'), sha('', 'b')],
      yescrypt('j9T', 'a'),
    ],
    ['and cost', [yescrypt('j9T', 'a'), secretHash, yescrypt('j8T', 'b'), secretHash], secretHash],
  ] as const) {
    t.equal(createTypicalPassword(passwords), expected, what);
  }
});
