import t from 'tap';

import { formatMistake, renderMistakes } from '../../src/config/mistakes.ts';

const at = { file: 'c.yaml', line: 1, column: 1, path: '', message: 'wrong', length: 1 };

t.test('place, path and message', async (t) => {
  t.equal(formatMistake(at), 'c.yaml:1:1: wrong');
  t.equal(
    formatMistake({ ...at, line: 14, column: 15, path: 'services.mail.max_size' }),
    'c.yaml:14:15: services.mail.max_size: wrong',
  );
});

t.test('line numbers are aligned, carets stand below the value', async (t) => {
  const text = `${'#\n'.repeat(8)}a: 1\nb:\tvalue\n`;
  t.equal(
    renderMistakes([{ ...at, line: 10, column: 4, length: 5 }], () => text),
    'c.yaml:10:4: wrong\n    9 | a: 1\n > 10 | b:\tvalue\n      |   \t^^^^^\n',
  );
});

t.test('the first line has none before it, an empty one is left out', async (t) => {
  t.equal(
    renderMistakes([{ ...at, length: 3 }], () => 'abc\n'),
    'c.yaml:1:1: wrong\n > 1 | abc\n     | ^^^\n',
  );
  t.equal(
    renderMistakes([at], () => '\n'),
    'c.yaml:1:1: wrong\n',
  );
});

t.test('files that cannot be read have no excerpt; several mistakes are parted by an empty line', async (t) => {
  t.equal(renderMistakes([at, { ...at, line: 2 }]), 'c.yaml:1:1: wrong\n\nc.yaml:2:1: wrong\n');
  t.equal(renderMistakes([]), '');
});

t.test('a long line is cut around the value', async (t) => {
  const rendered = renderMistakes(
    [{ ...at, column: 1001, length: 500 }],
    () => `${'a'.repeat(1000)}${'b'.repeat(500)}`,
  );
  const [, source = '', carets = ''] = rendered.split('\n');
  t.equal(source.length, 7 + 160);
  t.equal(source[carets.indexOf('^')], 'b');
  t.equal(carets.length, 7 + 160);
});

t.test('nothing of a file acts on the terminal', async (t) => {
  t.notMatch(
    renderMistakes([at], () => 'a\u001b[31mb\u0007\u009b'),
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
  );
});
