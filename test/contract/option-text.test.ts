import { resolve } from 'node:path';

import t from 'tap';

import { path } from '../../src/contract/file-options.ts';
import { show, withBase } from '../../src/contract/option-text.ts';

t.test('paths are relative to the working folder where no base is set, and to the innermost base', async (t) => {
  t.equal(path().parse('a'), resolve('a'));
  const inner = withBase('/one', () => [withBase('/two', () => path().parse('a')), path().parse('a')]);
  t.strictSame(inner, ['/two/a', '/one/a']);
  t.throws(() =>
    withBase('/one', () => {
      throw new Error('no');
    }),
  );
  t.equal(path().parse('a'), resolve('a'));
});

t.test('show shortens', async (t) => {
  t.equal(show('a'.repeat(60)), `"${'a'.repeat(60)}"`);
  t.equal(show('a'.repeat(61)), `"${'a'.repeat(60)}…"`);
  t.equal(show('a\n\u001b'), '"a\\n\\u001b"');
});
