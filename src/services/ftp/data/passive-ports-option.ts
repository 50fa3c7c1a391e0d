import * as z from 'zod';

import type { PortRange } from '../../../contract/data-connection.ts';
import { show } from '../../../contract/options.ts';

const expected = 'a range of ports such as "50000-50100", one port, or 0 for any free one';

/** "50000-50100", 50000, or 0, which gives null: any free port. */
export function passivePorts(): z.ZodType<PortRange | null, string | number> {
  return z
    .union([z.string(), z.number()], { error: ({ input }) => `expected ${expected}, got ${show(input)}` })
    .meta({ title: 'ports', examples: ['50000-50100', 0] })
    .transform((input, context) => {
      const range = parse(String(input));
      if (range !== undefined) return range;
      context.addIssue({ code: 'custom', message: `expected ${expected}, got ${show(input)}` });
      return z.NEVER;
    });
}

function parse(text: string): PortRange | null | undefined {
  const [match, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (match === undefined) return undefined;
  const [first, last] = [Number(from), Number(to)];
  if (text === '0') return null;
  return first < 1 || last > 65_535 || last < first ? undefined : { first, last };
}
