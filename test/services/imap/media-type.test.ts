import t from 'tap';

import { parameterOf, parseParameterized } from '../../../src/services/imap/media-type.ts';

t.test('values with parameters', async (t) => {
  const cases: readonly (readonly [text: string, value: string, parameters: readonly (readonly [string, string])[]])[] =
    [
      ['text/plain', 'text/plain', []],
      ['text/plain; Charset=utf-8', 'text/plain', [['Charset', 'utf-8']]],
      [
        'a/b; x="1; y=2"; z=3',
        'a/b',
        [
          ['x', '1; y=2'],
          ['z', '3'],
        ],
      ],
      ['a/b (c; d) ; x="a\\"b\\\\"', 'a/b', [['x', 'a"b\\']]],
      ['a/b; x; =y; z=', 'a/b', []],
      ['a/b; x="unended; y=z', 'a/b', [['x', 'unended; y=z']]],
      [
        "a/b; name*0*=utf-8''a; name*1=b",
        'a/b',
        [
          ['name*0*', "utf-8''a"],
          ['name*1', 'b'],
        ],
      ],
      ['', '', []],
    ];
  for (const [text, value, parameters] of cases) t.same(parseParameterized(text), { value, parameters }, text);
  t.equal(parameterOf(parseParameterized('a/b; BOUNDARY=x'), 'boundary'), 'x');
  t.equal(parameterOf(parseParameterized('a/b'), 'boundary'), null);
  t.equal(parseParameterized(`a/b${'; x=y'.repeat(200)}`).parameters.length, 100);
});
