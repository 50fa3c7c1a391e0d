import t from 'tap';
import * as z from 'zod';

import { describeOptions } from '../../src/config/describe-options.ts';
import { address, duration, path } from '../../src/contract/options.ts';

t.test('rows for the options of a type', async (t) => {
  const options = z.strictObject({
    to: address().describe('where to'),
    wait: duration().prefault('10s').describe('how long'),
    send_proxy: z.enum(['none', 'v1', 'v2']).default('none'),
    verify: z.boolean().default(true),
    count: z.union([z.int(), z.literal('auto')]).optional(),
    names: z.array(z.string()).default(['a']),
    env: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
    root: path().default('/'),
  });
  t.strictSame(
    describeOptions({ options }).map((row) => [row.name, row.type, row.default, row.isRequired, row.description]),
    [
      ['to', 'address', null, true, 'where to'],
      ['wait', 'duration', '10s', false, 'how long'],
      ['send_proxy', 'none|v1|v2', 'none', false, ''],
      ['verify', 'true|false', 'true', false, ''],
      ['count', 'number or auto', null, false, ''],
      ['names', 'list of text', '["a"]', false, ''],
      ['env', 'map', '{}', false, ''],
      ['root', 'path', '/', false, ''],
    ],
  );
});

t.test('a type without options has no rows', async (t) => {
  t.strictSame(describeOptions({ options: z.strictObject({}) }), []);
});

t.test('what stands in a map has rows of its own where that is wanted', async (t) => {
  const options = z.strictObject({
    file: z.union([path(), z.strictObject({ path: path(), rotate: z.strictObject({ keep: z.int().default(7) }) })]),
    anonymous: z.strictObject({ root: path().describe('for everybody') }).optional(),
    env: z.record(z.string(), z.string()).default({}),
  });
  t.strictSame(
    describeOptions({ options }, { hasMembers: true }).map(({ name, isRequired }) => [name, isRequired]),
    [
      ['file', true],
      ['file.path', true],
      ['file.rotate', true],
      ['file.rotate.keep', false],
      ['anonymous', false],
      ['anonymous.root', true],
      ['env', false],
    ],
  );
  t.equal(describeOptions({ options }).length, 3);
});
