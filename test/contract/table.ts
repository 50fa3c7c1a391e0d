import t from 'tap';
import type * as z from 'zod';

import { withBase } from '../../src/contract/option-text.ts';

type Case = readonly [input: unknown, expected: unknown];

/** What the schema gives, or its message. */
function read(schema: z.ZodType, input: unknown): unknown {
  const result = withBase('/etc/portico', () => schema.safeParse(input));
  return result.success ? result.data : result.error.issues.map((issue) => issue.message).join(' & ');
}

export function table(name: string, schema: z.ZodType, cases: readonly Case[]): void {
  t.test(name, async (t) => {
    for (const [input, expected] of cases) t.strictSame(read(schema, input), expected, JSON.stringify(input));
  });
}
