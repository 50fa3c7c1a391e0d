import t from 'tap';

import { typeOfFile } from '../../../src/services/gopher/item-type.ts';

t.test('tells types by names', async (t) => {
  const table: [name: string, type: string][] = [
    ['a.txt', '0'],
    ['a.md', '0'],
    ['a.json', '0'],
    ['a.ts', '9'],
    ['README', '0'],
    ['a.html', 'h'],
    ['a.gif', 'g'],
    ['a.GIF', 'g'],
    ['a.png', 'I'],
    ['a.jpeg', 'I'],
    ['a.mp3', 's'],
    ['a.pdf', '9'],
    ['a.tar.gz', '9'],
    ['a.unknown-ending', '9'],
  ];
  for (const [name, type] of table) t.equal(typeOfFile(name), type, name);
});
