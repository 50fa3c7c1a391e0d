import t from 'tap';

import { parseGophermap } from '../../../src/services/gopher/gophermap.ts';

t.test('reads lines of a gophermap', async (t) => {
  const info = (name: string) => ({ type: 'i', name, selector: '', host: 'error.host', port: 1 });
  const table: [line: string, folder: string, item: object][] = [
    ['Hello', '/', info('Hello')],
    ['', '/', info('')],
    ['!Title', '/', info('Title')],
    ['iText\t', '/', info('Text')],
    ['iText\tx\thost\t70', '/', info('Text')],
    ['-----', '/', info('-----')],
    ['1Sub\tsub', '/', { type: '1', name: 'Sub', selector: '/sub' }],
    ['1Sub\tsub', '/a/b', { type: '1', name: 'Sub', selector: '/a/b/sub' }],
    ['1Up\t../', '/a/b', { type: '1', name: 'Up', selector: '/a/' }],
    ['1Up\t../../../..', '/a/b', { type: '1', name: 'Up', selector: '/' }],
    ['0notes.txt\t', '/a', { type: '0', name: 'notes.txt', selector: '/a/notes.txt' }],
    ['0Abs\t/x', '/a', { type: '0', name: 'Abs', selector: '/x' }],
    ['hWeb\tURL:https://example.org/', '/a', { type: 'h', name: 'Web', selector: 'URL:https://example.org/' }],
    [
      '1There\tx\texample.org\t7070',
      '/a',
      { type: '1', name: 'There', selector: 'x', host: 'example.org', port: 7070 },
    ],
    ['1There\tx\texample.org', '/a', { type: '1', name: 'There', selector: 'x', host: 'example.org', port: 70 }],
    ['1There\tx\texample.org\t65536', '/a', { type: '1', name: 'There', selector: 'x', host: 'example.org', port: 70 }],
  ];
  for (const [line, folder, item] of table) {
    t.same(parseGophermap(`${line}\nend`, folder).items[0], item, JSON.stringify([line, folder]));
  }
});

t.test('leaves comments out, and ends where it says so', async (t) => {
  const names = (text: string): string[] => parseGophermap(text, '/').items.map(({ name }) => name);
  t.same(names('a\r\n# not this\r\nb\r\n'), ['a', 'b']);
  t.same(names('a\n.\nb\n'), ['a']);
  t.equal(parseGophermap('a\n', '/').hasListing, false);
  t.equal(parseGophermap('a\n*\n', '/').hasListing, true);
});
