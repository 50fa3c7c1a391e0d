import t from 'tap';

import { settleBan, type Ban } from '../../src/contract/ban.ts';

const ban = (since: number, until: number | null): Ban => ({
  source: '192.0.2.1',
  until,
  reason: 'auth_failures',
  service: 'ftp',
  since,
});

t.test('a ban of the past or of now stays as it is', async (t) => {
  t.same(settleBan(ban(1_000, 9_000), 1_000), ban(1_000, 9_000));
  t.same(settleBan(ban(1_000, 9_000), 20_000), ban(1_000, 9_000));
  t.same(settleBan(ban(1_000, null), 20_000), ban(1_000, null));
});

t.test('a ban from the future begins now, and lasts as long as it was meant to', async (t) => {
  t.same(settleBan(ban(1_001, 9_001), 1_000), ban(1_000, 9_000));
  t.same(settleBan(ban(5_000, null), 1_000), ban(1_000, null));
  t.same(
    settleBan(ban(5_000, 4_000), 1_000),
    ban(1_000, 1_000),
    'an end before the beginning is no length below nothing',
  );
});
