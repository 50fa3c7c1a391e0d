import t from 'tap';

import type { Challenge } from '../../src/contract/registry.ts';
import { createChallenges } from '../../src/worker/challenges.ts';

const http: Challenge = { kind: 'http-01', token: 'abc', keyAuthorization: 'abc.thumbprint' };
const tls: Challenge = { kind: 'tls-alpn-01', name: 'a.example', cert: 'C', key: 'K' };

t.test('answers for the tokens there are, from the start and from now on', async (t) => {
  const challenges = createChallenges([http]);
  t.equal(challenges.answer('abc'), 'abc.thumbprint');
  t.equal(challenges.answer('abcd'), null);
  t.equal(challenges.answer(''), null);
  challenges.set([tls, { ...http, token: 'def', keyAuthorization: 'def.thumbprint' }]);
  t.equal(challenges.answer('abc'), null);
  t.equal(challenges.answer('def'), 'def.thumbprint');
  t.same(challenges.all[0], tls);
});

t.test('a name is no token', async (t) => {
  t.equal(createChallenges([tls]).answer('a.example'), null);
});
