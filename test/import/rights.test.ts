import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createDraft, type Draft } from '../../src/import/draft.ts';
import { descriptorsOfUnit, leaveToRoot } from '../../src/import/rights.ts';
import { root } from '../support/source-tree.ts';
import { machine } from './stage.ts';

function judge(user: string | null, options: Readonly<Record<string, unknown>>): Draft {
  const draft = createDraft({ file: 'f', line: 1, text: '' }, 'x', 'exec');
  Object.assign(draft, { user, options });
  leaveToRoot(draft, machine);
  return draft;
}

t.test('up to what everybody may, all is kept', async (t) => {
  for (const options of [
    {},
    { command: ['/bin/x'], nice: 0 },
    { nice: 19, rlimits: { files: 65_536, memlock: '8MB', cpu: '100s' } },
    { rlimits: { as: 'unlimited', stack: '900GB', core: '0B', processes: 1 } },
  ]) {
    const draft = judge('nobody', options);
    t.same(draft.options, options);
    t.same(draft.remarks, []);
  }
});

t.test('what only root may is left out, for no program would be started', async (t) => {
  const above = (what: string, most: string): string =>
    `left out: rlimits.${what}, because its user "nobody" may not go above the daemon's own ${most}, and no program would be started`;
  for (const [options, kept, remark] of [
    [
      { wait: true, nice: -1 },
      { wait: true },
      'left out: nice -1, because its user "nobody" may not go below 0 here, and no program would be started',
    ],
    [{ rlimits: { files: 65_537 } }, {}, above('files 65537', '65536')],
    [{ rlimits: { files: 'unlimited', as: '1MB' } }, { rlimits: { as: '1MB' } }, above('files unlimited', '65536')],
    [{ rlimits: { memlock: '8388609B' } }, {}, above('memlock 8388609B', '8388608B')],
    [{ rlimits: { cpu: '101s' } }, {}, above('cpu 101s', '100s')],
  ] as const) {
    const draft = judge('nobody', options);
    t.same(draft.options, kept);
    t.same(draft.remarks, [remark]);
  }
});

t.test('root may', async (t) => {
  for (const user of ['root', null]) {
    const draft = judge(user, { nice: -20, rlimits: { files: 2_000_000 } });
    t.same(draft.options, { nice: -20, rlimits: { files: 2_000_000 } });
    t.same(draft.remarks, []);
  }
});

t.test("the unit's descriptors are those of the unit", async (t) => {
  const unit = readFileSync(join(root, 'systemd/portico.service'), 'utf8');
  t.match(unit, `\nLimitNOFILE=${descriptorsOfUnit}\n`);
});
