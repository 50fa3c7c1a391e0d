import t from 'tap';

import { kindOf, problemError } from '../../../src/certificates/acme/problem.ts';

const urn = 'urn:ietf:params:acme:error:';
const said = 'acme.example refused the order';
const messageOf = (problem: unknown): string => problemError(problem, { said }).message;

t.test('kinds', async (t) => {
  const cases = [
    [{ type: `${urn}rateLimited` }, 'rateLimited'],
    [{ type: `${urn}${'a'.repeat(64)}` }, 'a'.repeat(64)],
    [{ type: `${urn}${'a'.repeat(65)}` }, null],
    [{ type: `${urn}a b` }, null],
    [{ type: urn }, null],
    [{ type: 'about:blank' }, null],
    [{ type: 7 }, null],
    [{}, null],
    [null, null],
    ['text', null],
    [[], null],
    [undefined, null],
  ] as const;
  for (const [problem, kind] of cases) t.equal(kindOf(problem), kind, JSON.stringify(problem));
});

t.test('what people read', async (t) => {
  const cases = [
    [{ type: `${urn}caa`, detail: ' not allowed ' }, `${said}: not allowed (caa)`],
    [{ type: `${urn}caa` }, `${said}: caa`],
    [{ detail: 'no' }, `${said}: no`],
    [{ detail: 'one\r\ntwo\u001b[31m\u202e' }, `${said}: one\\r\\ntwo\\x1b[31m\\u202e`],
    [{ detail: { a: 1 }, subproblems: 'all' }, said],
    [{ subproblems: [null, 7] }, `${said}: ; `],
    ['<html>', said],
    [null, said],
  ] as const;
  for (const [problem, message] of cases) t.equal(messageOf(problem), message, JSON.stringify(problem));
});

t.test('details are cut, and only some of many subproblems told', async (t) => {
  t.equal(messageOf({ detail: 'a'.repeat(500) }), `${said}: ${'a'.repeat(500)}`);
  t.equal(messageOf({ detail: 'a'.repeat(501) }), `${said}: ${'a'.repeat(499)}…`);
  const part = (index: number): object => ({ type: `${urn}dns`, identifier: { value: `${index}.example` } });
  const parts = (count: number): object[] => Array.from({ length: count }, (_, index) => part(index));
  const ten = Array.from({ length: 10 }, (_, index) => `${index}.example: dns`).join('; ');
  t.equal(messageOf({ subproblems: parts(10) }), `${said}: ${ten}`);
  t.equal(messageOf({ subproblems: parts(12) }), `${said}: ${ten}; and 2 more`);
});

t.test('facts for whoever tries again', async (t) => {
  const error = problemError({ type: `${urn}rateLimited` }, { said, retryAfterMs: 1_500, isTemporary: true });
  t.match(error, {
    message: `${said}: rateLimited; not before 2 s from now`,
    kind: 'rateLimited',
    retryAfterMs: 1_500,
    isTemporary: true,
  });
  t.match(problemError(null, { said }), { kind: null, retryAfterMs: null, isTemporary: false });
});
