import t from 'tap';

import { createTargetLookup, type Resolve } from '../../../src/services/forward/target-lookup.ts';

function createStage() {
  const asked: Parameters<Resolve>[1][] = [];
  const lookup = createTargetLookup('target.example', (host, done) => {
    t.equal(host, 'target.example');
    asked.push(done);
  });
  const heard: string[] = [];
  const hear =
    (who: string) =>
    (error: Error | null, found: { address: string; family: number } | null): void =>
      void heard.push(`${who}: ${found === null ? (error?.message ?? '') : `${found.address} ${found.family}`}`);
  return { asked, lookup, heard, hear };
}

t.test(
  'a flood from made-up addresses does not fill the queue of the resolver: one question is under way',
  async (t) => {
    const { asked, lookup, heard, hear } = createStage();
    for (const who of ['a', 'b', 'c']) lookup(hear(who));
    t.equal(asked.length, 1);
    asked[0]?.(null, '192.0.2.1', 4);
    t.same(heard, ['a: 192.0.2.1 4', 'b: 192.0.2.1 4', 'c: 192.0.2.1 4']);
  },
);

t.test('a question that was given up is not answered', async (t) => {
  const { asked, lookup, heard, hear } = createStage();
  const giveUp = lookup(hear('a'));
  lookup(hear('b'));
  giveUp();
  asked[0]?.(null, '192.0.2.1', 4);
  t.same(heard, ['b: 192.0.2.1 4']);
});

t.test('asks anew after an answer, and after a failure', async (t) => {
  const { asked, lookup, heard, hear } = createStage();
  lookup(hear('a'));
  asked[0]?.(new Error('EAI_AGAIN'), '', 0);
  lookup(hear('b'));
  t.equal(asked.length, 2);
  asked[1]?.(null, '2001:db8::1', 6);
  lookup(hear('c'));
  t.equal(asked.length, 3);
  t.same(heard, ['a: EAI_AGAIN', 'b: 2001:db8::1 6']);
});
