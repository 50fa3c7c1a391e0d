import { setImmediate as turn } from 'node:timers/promises';
import { mock } from 'node:test';
import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import { createQuestions } from '../../src/worker/questions.ts';

t.test('each question gets the reply with its number', async (t) => {
  const questions = createQuestions();
  const sent: number[] = [];
  const first = questions.ask((id) => sent.push(id));
  const second = questions.ask((id) => sent.push(id));
  t.same(sent, [1, 2]);
  questions.answered(2, 'two');
  questions.answered(1, 'one');
  t.same([await first, await second], ['one', 'two']);
});

t.test('the answer may come while the question is being sent', async (t) => {
  const questions = createQuestions();
  t.equal(await questions.ask((id) => questions.answered(id, 'at once')), 'at once');
});

t.test('a question without a reply in time has none', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const questions = createQuestions();
  const replies: Json[] = [];
  void questions.ask(() => {}).then((reply) => replies.push(['by default', reply]));
  void questions.ask(() => {}, 1_000).then((reply) => replies.push(['in a second', reply]));
  mock.timers.tick(999);
  await turn();
  t.same(replies, []);
  mock.timers.tick(1);
  await turn();
  t.same(replies, [['in a second', null]]);
  mock.timers.tick(4_000);
  await turn();
  t.same(replies, [
    ['in a second', null],
    ['by default', null],
  ]);
});

t.test('replies that nobody waits for are nobody’s', async (t) => {
  const questions = createQuestions();
  questions.answered(1, 'too early');
  const answer = questions.ask((id) => questions.answered(id, 'first'));
  questions.answered(1, 'second');
  t.equal(await answer, 'first');
});

t.test('nobody answers once the other side has gone', async (t) => {
  const questions = createQuestions();
  const open = questions.ask(() => {});
  questions.close();
  t.equal(await open, null);
  let isSent = false;
  t.equal(await questions.ask(() => (isSent = true)), null);
  t.equal(isSent, false);
});
