import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createMailboxes } from '../../src/registry/mailboxes.ts';
import { recordOf } from '../accounts/records.ts';

function setUp(t: Test, quota: number | null, clock = { now: 0 }) {
  const state = t.testdir({
    mail: {
      alice: {
        tmp: { 'x,S=1000': '' },
        new: { '1.a.host,S=100,W=102': '', '2.b.host': 'seven..' },
        cur: { '3.c.host,S=200:2,S': '' },
        '.Sent': { cur: { '4.d.host,S=1:2,': '' } },
      },
    },
  });
  const findByMail = async (address: string) =>
    address === 'alice@home.example'
      ? recordOf('alice', { quota })
      : address === 'bob@home.example'
        ? recordOf('bob', { quota })
        : null;
  return { state, mailboxes: createMailboxes({ state, findByMail, now: () => clock.now }) };
}

t.test('addresses of accounts, in their order', async (t) => {
  const { mailboxes } = setUp(t, null);
  t.same(await mailboxes.find(['x@home.example', 'alice@home.example']), [null, { account: 'alice', room: null }]);
});

t.test('what is left of a quota', async (t) => {
  const { mailboxes } = setUp(t, 300);
  t.same(await mailboxes.find(['alice@home.example', 'bob@home.example']), [
    { account: 'alice', room: -8 },
    { account: 'bob', room: 300 },
  ]);
});

t.test('is measured anew after some seconds', async (t) => {
  const clock = { now: 0 };
  const { mailboxes, state } = setUp(t, 1000, clock);
  const room = async () => (await mailboxes.find(['alice@home.example']))[0]?.room;
  t.equal(await room(), 692);
  await writeFile(join(state, 'mail/alice/new/9.z.host,S=92'), '');
  clock.now = 4_999;
  t.equal(await room(), 692);
  clock.now = 5_000;
  t.equal(await room(), 600);
});
