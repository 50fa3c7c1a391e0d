import t from 'tap';

import { parseRequest } from '../../../src/services/gopher/request.ts';

t.test('takes lines apart', async (t) => {
  const table: [line: string, selector: string, query: string | null][] = [
    ['', '/', null],
    ['/', '/', null],
    ['/a b', '/a b', null],
    ['a', '/a', null],
    ['URL:http://x', 'URL:http://x', null],
    ['/find\tcats and dogs', '/find', 'cats and dogs'],
    ['/find\t', '/find', ''],
    ['/a\t+', '/a', null],
    ['/a\t!', '/a', null],
    ['/a\t$+', '/a', null],
    ['/find\t+cats\t+', '/find', '+cats'],
  ];
  for (const [line, selector, query] of table) t.same(parseRequest(line), { selector, query }, JSON.stringify(line));
});
