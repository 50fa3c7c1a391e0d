import type { IncomingHttpHeaders } from 'node:http';

import t from 'tap';

import { isRangeOfSame, judgeConditions } from '../../../../src/services/http/files/conditions.ts';

const before = 'Sun, 06 Nov 1994 08:49:36 GMT';
const then = 'Sun, 06 Nov 1994 08:49:37 GMT';
const after = 'Sun, 06 Nov 1994 08:49:38 GMT';
const modifiedMs = Date.UTC(1994, 10, 6, 8, 49, 37);
const validators = { etag: '"abc"', modifiedMs };

t.test('judges conditions in the order of RFC 9110 13.2.2', async (t) => {
  const cases: readonly (readonly [headers: IncomingHttpHeaders, verdict: 'send' | 304 | 412])[] = [
    [{}, 'send'],
    [{ 'if-match': '"abc"' }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': '"x", "abc"' }, 'send'],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': 'W/"abc"' }, 412],
    [{ 'if-match': 'abc' }, 412],
    [{ 'if-match': '"abc"', 'if-unmodified-since': before }, 'send'],
    [{ 'if-unmodified-since': before }, 412],
    [{ 'if-unmodified-since': then }, 'send'],
    [{ 'if-unmodified-since': 'yesterday' }, 'send'],
    [{ 'if-none-match': '"abc"' }, 304],
    [{ 'if-none-match': 'W/"abc"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x" , W/"abc"' }, 304],
    [{ 'if-none-match': '"x,"abc"' }, 'send'],
    [{ 'if-none-match': '"a,b", "abc"' }, 304],
    [{ 'if-none-match': '"x"' }, 'send'],
    [{ 'if-none-match': '"x"', 'if-modified-since': after }, 'send'],
    [{ 'if-modified-since': then }, 304],
    [{ 'if-modified-since': after }, 304],
    [{ 'if-modified-since': before }, 'send'],
    [{ 'if-modified-since': 'nonsense' }, 'send'],
    [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 304],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 412],
  ];
  for (const [headers, verdict] of cases)
    t.equal(judgeConditions(headers, validators), verdict, JSON.stringify(headers));
});

t.test('a range is of the same file by its strong validator only', async (t) => {
  const later = modifiedMs + 1_000;
  const cases: readonly (readonly [ifRange: string | undefined, isSame: boolean])[] = [
    [undefined, true],
    ['"abc"', true],
    ['"x"', false],
    ['W/"abc"', false],
    [then, true],
    [after, false],
    [before, false],
    ['abc', false],
  ];
  for (const [ifRange, isSame] of cases) t.equal(isRangeOfSame(ifRange, validators, later), isSame, String(ifRange));
  t.equal(isRangeOfSame(then, validators, later - 1), false, 'it may change again in this second');
});
