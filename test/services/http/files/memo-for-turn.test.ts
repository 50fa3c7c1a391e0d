import { setImmediate as turn } from 'node:timers/promises';

import t from 'tap';

import { memoForTurn } from '../../../../src/services/http/files/memo-for-turn.ts';

t.test('asks once in a turn, and again in the next', async (t) => {
  const asked: string[] = [];
  const look = memoForTurn((key: string) => {
    asked.push(key);
    return key === 'nothing' ? null : `${key} ${asked.length}`;
  });
  t.same([look('a'), look('b'), look('a'), look('nothing'), look('nothing')], ['a 1', 'b 2', 'a 1', null, null]);
  await turn();
  t.equal(look('a'), 'a 4');
  t.same(asked, ['a', 'b', 'nothing', 'a']);
});

t.test('remembers 64 in a turn, and asks for the next each time', async (t) => {
  let asked = 0;
  const look = memoForTurn((key: number) => {
    asked += 1;
    return key;
  });
  for (let key = 1; key <= 65; key += 1) look(key);
  t.equal(asked, 65);
  t.equal(look(64), 64);
  t.equal(asked, 65);
  t.equal(look(65), 65);
  t.equal(asked, 66);
});

t.test('what cannot be answered is asked again', async (t) => {
  let asked = 0;
  const look = memoForTurn((): string => {
    asked += 1;
    throw new Error('no');
  });
  t.throws(() => look('a'));
  t.throws(() => look('a'));
  t.equal(asked, 2);
});
