import t from 'tap';

import { passivePorts } from '../../../../src/services/ftp/data/index.ts';

t.test('ranges of ports', async (t) => {
  const table: readonly [input: string | number, range: [number, number] | null | undefined][] = [
    [0, null],
    ['0', null],
    ['50000-50100', [50_000, 50_100]],
    ['1-65535', [1, 65_535]],
    [50_000, [50_000, 50_000]],
    ['50000', [50_000, 50_000]],
    ['65535-65535', [65_535, 65_535]],
    ['1-65536', undefined],
    ['0-10', undefined],
    ['20-10', undefined],
    ['50000-', undefined],
    ['50000:50100', undefined],
    [-1, undefined],
    [1.5, undefined],
  ];
  for (const [input, range] of table) {
    const { success, data, error } = passivePorts().safeParse(input);
    t.same(success ? data : undefined, range && { first: range[0], last: range[1] }, String(input));
    if (error !== undefined)
      t.match(
        error.issues[0]?.message,
        /^expected a range of ports such as "50000-50100", one port, or 0 for any free one, got /,
      );
  }
});
