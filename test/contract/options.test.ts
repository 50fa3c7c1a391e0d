import t from 'tap';
import * as z from 'zod';

import { address, duration, fileMode, rate, size, withBase } from '../../src/contract/options.ts';

t.test('a secret value stands in no message', async (t) => {
  const message = withBase(
    '/',
    () =>
      [duration(), size(), rate(), address(), fileMode()].map((schema) => schema.safeParse('hunter2').error?.message),
    (value) => value === 'hunter2',
  );
  for (const each of message) {
    t.match(each, 'got \\"…\\"');
    t.notMatch(each, 'hunter2');
  }
});

t.test('each says in JSON Schema what may be written', async (t) => {
  const schema = z.toJSONSchema(
    z.strictObject({ wait: duration().prefault('30s').describe('how long'), mode: fileMode().optional() }),
    { io: 'input' },
  );
  t.strictSame(schema.properties, {
    wait: {
      type: 'string',
      title: 'duration',
      description: 'how long',
      default: '30s',
      examples: ['500ms', '30s', '5m', '1h', '2d'],
      pattern: '^[0-9]+(ms|s|m|h|d)$|\\$\\{',
    },
    mode: { type: 'string', title: 'file mode', examples: ['0660', '0644'], pattern: '^[0-7]{3,4}$|\\$\\{' },
  });
  t.equal(schema.required, undefined);
});
