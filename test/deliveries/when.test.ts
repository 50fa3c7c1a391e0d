import t from 'tap';

import { isWanted } from '../../src/deliveries/when.ts';

const cases: readonly (readonly [service: string[], name: string | null, wants: boolean])[] = [
  [[], null, true],
  [['scans'], null, true],
  [['mail', 'scans'], null, true],
  [['mail'], null, false],
  [[], '*.pdf', true],
  [[], '*.PDF', true],
  [[], '*.txt', false],
  [['scans'], '*.txt', false],
  [['mail'], '*.pdf', false],
  [['scans'], 'scan-????.pdf', true],
];

t.test('by service and by name', async (t) => {
  for (const [service, name, wants] of cases)
    t.equal(
      isWanted({ service, name }, { service: 'scans', name: 'scan-0001.pdf' }),
      wants,
      `${service.join()} ${name}`,
    );
});
