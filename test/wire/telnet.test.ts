import t from 'tap';

import { createTelnetFilter } from '../../src/wire/telnet.ts';

t.test('takes telnet out of the text, the same however the bytes are cut', async (t) => {
  const cases: [name: string, input: number[] | string, text: string][] = [
    ['plain text', 'hello\r\n', 'hello\r\n'],
    ['WILL, WONT, DO, DONT with their option', [255, 251, 1, 97, 255, 252, 3, 255, 253, 31, 255, 254, 34, 98], 'ab'],
    ['an option with the number of a newline', [255, 253, 10, 97], 'a'],
    ['commands without an option', [97, 255, 241, 98, 255, 246, 99, 255, 236, 100], 'abcd'],
    ['a subnegotiation', [97, 255, 250, 24, 0, 88, 84, 10, 255, 240, 98], 'ab'],
    ['an escaped 0xFF within a subnegotiation', [255, 250, 31, 255, 255, 0, 80, 255, 240, 98], 'b'],
    ['a subnegotiation that is ended by another command', [255, 250, 24, 1, 255, 251, 1, 98], 'b'],
    ['IAC IAC is the byte itself', [97, 255, 255, 98], 'a\xffb'],
    ['a lone 0xFF does not swallow what follows', [97, 255, 10, 98], 'a\nb'],
    ['CR NUL is the return key', [97, 13, 0, 98, 13, 10], 'a\r\nb\r\n'],
    ['a NUL elsewhere stays', [97, 0, 98], 'a\0b'],
    ['a command between CR and LF', [97, 13, 255, 241, 10], 'a\r\n'],
    ['an unfinished command at the end', [97, 255], 'a'],
  ];
  for (const [name, input, text] of cases) {
    const bytes = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
    for (const step of [1, 2, 3, 100]) {
      const filter = createTelnetFilter();
      let output = '';
      for (let at = 0; at < bytes.length; at += step) {
        output += filter.push(bytes.subarray(at, at + step)).toString('latin1');
      }
      t.equal(output, text, `${name}, in steps of ${step}`);
    }
  }
});

t.test('hands plain text through without copying it', async (t) => {
  const chunk = Buffer.from('nothing to see here\r\n');
  t.equal(createTelnetFilter().push(chunk), chunk);
});

t.test('an empty chunk changes nothing', async (t) => {
  const filter = createTelnetFilter();
  filter.push(Buffer.from([13]));
  t.same(filter.push(Buffer.alloc(0)), Buffer.alloc(0));
  t.same(filter.push(Buffer.from([0])), Buffer.from('\n'));
});
