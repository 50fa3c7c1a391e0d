import t from 'tap';

import { Fault } from '../../../../src/deliveries/targets/smtp/fault.ts';
import { createProgress } from '../../../../src/deliveries/targets/smtp/progress.ts';

const later = new Fault('later', false);
const never = new Fault('never', true);

t.test('knows of each recipient what has become of it', async (t) => {
  const state = createProgress().of('1');
  state.note(['a', 'b', 'c'], {
    accepted: ['a'],
    refused: [
      { recipient: 'b', fault: later },
      { recipient: 'c', fault: never },
    ],
  });
  t.same(['a', 'b', 'c', 'd'].map(state.isSettled), [true, false, true, false]);
  t.same(state.waiting, [{ recipient: 'b', reason: 'later' }]);
  state.note(['b'], { accepted: ['b'], refused: [] });
  t.same([state.waiting, state.refused], [[], [{ recipient: 'c', reason: 'never' }]]);
  state.forgive();
  t.equal(state.isSettled('c'), false);
});

t.test('what is wrong with a mail is wrong for all', async (t) => {
  const state = createProgress().of('1');
  state.note(['a', 'b'], later);
  t.equal(state.waiting.length, 2);
  state.note(['a', 'b'], never);
  t.same([state.waiting.length, state.refused.length], [0, 2]);
});

t.test('keeps a thousand mails, and forgets the oldest', async (t) => {
  const progress = createProgress();
  for (let id = 0; id <= 1000; id += 1) progress.of(String(id)).note(['a'], { accepted: ['a'], refused: [] });
  t.equal(progress.of('1').isSettled('a'), true);
  t.equal(progress.of('0').isSettled('a'), false);
  progress.forget('5');
  t.equal(progress.of('5').isSettled('a'), false);
});
