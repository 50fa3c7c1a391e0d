import t from 'tap';

import type { DeliveryTarget } from '../../../src/contract/item.ts';
import { createTargets } from '../../../src/deliveries/courier/targets.ts';
import { deliveryPlan } from '../../support/plans.ts';

function setUp() {
  const opened: string[] = [];
  const stopped: string[] = [];
  let failures = 0;
  const open = async (name: string): Promise<DeliveryTarget> => {
    opened.push(name);
    if (failures-- > 0) throw new Error('no such host');
    return { deliver: async () => {}, stop: async () => void stopped.push(name) };
  };
  const targets = createTargets({ openTarget: open, openMailbox: (account) => open(`mailbox of ${account}`) });
  const plan = deliveryPlan();
  return { targets, opened, stopped, plan, fail: (times: number) => void (failures = times) };
}

t.test('a target is opened once, a mailbox once for each account', async (t) => {
  const { targets, opened, stopped, plan } = setUp();
  const first = await targets.for('archive', plan, '');
  t.equal(await targets.for('archive', plan, ''), first);
  for (const account of ['alice', 'bob', 'alice']) await targets.for('@mailbox', plan, account);
  t.same(opened, ['archive', 'mailbox of alice', 'mailbox of bob']);
  await targets.stop();
  t.same(stopped, opened);
});

t.test('one that could not be opened is opened again', async (t) => {
  const { targets, opened, plan, fail } = setUp();
  fail(1);
  await t.rejects(targets.for('archive', plan, ''), { message: 'no such host' });
  await targets.for('archive', plan, '');
  t.same(opened, ['archive', 'archive']);
  await targets.stop();
});

t.test('a thousand mailboxes are open at once, and not one more', async (t) => {
  const { targets, opened, stopped, plan } = setUp();
  for (let at = 0; at <= 1_000; at += 1) await targets.for('@mailbox', plan, `account-${at}`);
  await targets.for('@mailbox', plan, 'account-1');
  t.equal(opened.length, 1_001);
  await targets.for('@mailbox', plan, 'account-0');
  t.equal(opened.length, 1_002);
  await targets.stop();
  t.equal(stopped.length, 1_000);
});
