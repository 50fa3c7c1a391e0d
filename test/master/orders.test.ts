import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RegistryRequest } from '../../src/contract/registry.ts';
import type { Certificates } from '../../src/master/certificates.ts';
import { createCertificates } from '../../src/master/certificates.ts';
import { createOrders, type Orders } from '../../src/master/orders.ts';
import { createRegistryLink } from '../../src/master/registry-link.ts';
import { acmePlan, plan as planOf } from '../support/plans.ts';

interface Bench {
  readonly orders: Orders;
  readonly asked: readonly RegistryRequest[];
  /** Names that the local authority was asked for. */
  readonly renewed: readonly (readonly string[])[];
}

const files = { kind: 'files', cert: '/c', key: '/k', passphrase: null } as const;
const selfSigned = { kind: 'self_signed', names: ['localhost'], command: [] } as const;

function setUp(reply: Json, certificates: Plan['certificates'] = {}, trouble: string | null = null): Bench {
  const asked: RegistryRequest[] = [];
  const renewed: (readonly string[])[] = [];
  const own: Certificates = {
    ...createCertificates(),
    async renew(plans, names) {
      renewed.push(names);
      if (trouble !== null) throw new Error(trouble);
      const ours = Object.keys(plans.certificates).filter((name) => plans.certificates[name]?.kind === 'self_signed');
      return ours.filter((name) => names.length === 0 || names.includes(name));
    },
  };
  const orders = createOrders({
    registry: {
      ...createRegistryLink(
        () => [],
        () => [],
      ),
      async ask(request) {
        asked.push(request);
        return reply;
      },
    },
    certificates: own,
    plan: () => planOf({ certificates }),
  });
  return { orders, asked, renewed };
}

const silent = { name: 'ExitError', code: 70, message: 'the registry does not answer; the log says why' };

t.test('bans are the registry’s to list', async (t) => {
  const ban = { source: '192.0.2.1', until: null, reason: 'manual', service: null, since: 1 };
  t.same(await setUp([ban]).orders.bans(), [ban]);
  for (const reply of [null, 'no store', {}, true]) await t.rejects(setUp(reply).orders.bans(), silent);
});

t.test('to make', async (t) => {
  const { orders, asked } = setUp(true);
  await orders.ban('192.0.2.1', null);
  await orders.ban('2001:db8::/64', 60_000);
  t.same(asked, [
    { what: 'ban', source: '192.0.2.1', duration: null },
    { what: 'ban', source: '2001:db8::/64', duration: 60_000 },
  ]);
  await t.rejects(setUp('192.0.2.1 is never banned').orders.ban('192.0.2.1', null), {
    code: 1,
    message: '192.0.2.1 is never banned',
  });
  await t.rejects(setUp(null).orders.ban('192.0.2.1', null), silent, 'it may be banned or not: nobody has said so');
});

t.test('not of what is no source', async (t) => {
  const { orders, asked } = setUp(true);
  for (const source of ['', 'somebody', '192.0.2.0/24', '2001:db8::/48', '192.0.2.1 ', 'x'.repeat(4_000), '\u001b[2J'])
    await t.rejects(orders.ban(source, null), {
      code: 64,
      message: /^expected an IP address or an IPv6 network .{0,120}$/,
    });
  t.same(asked, []);
});

t.test('and to lift', async (t) => {
  await setUp(true).orders.unban('192.0.2.1');
  await t.rejects(setUp(false).orders.unban('192.0.2.1'), { code: 1, message: '192.0.2.1 is not banned' });
  await t.rejects(setUp(false).orders.unban('x'.repeat(100)), { code: 64, message: /^expected an IP address / });
  await t.rejects(setUp(null).orders.unban('192.0.2.1'), silent);
});

t.test('certificates are issued anew by whom they are from', async (t) => {
  const all = { default: selfSigned, other: selfSigned, mine: files, public: acmePlan() };

  t.test('all of them', async (t) => {
    const { orders, asked, renewed } = setUp({ renewed: ['public'], failed: [] }, all);
    t.same(await orders.renew([]), { renewed: ['default', 'other', 'public'], failed: [] });
    t.same(renewed, [[]]);
    t.same(asked, [{ what: 'renew', names: [] }]);
  });

  t.test('some', async (t) => {
    const local = setUp(null, all);
    t.same(await local.orders.renew(['other']), { renewed: ['other'], failed: [] });
    t.same(local.asked, [], 'the registry has nothing to do with it');
    const reply = { renewed: ['public'], failed: [] };
    t.same(await setUp(reply, all).orders.renew(['public']), reply);
  });

  t.test('none where none is issued here', async (t) => {
    t.same(await setUp(null, { mine: files }).orders.renew([]), { renewed: [], failed: [] });
  });

  t.test('and not what does not exist, or is somebody else’s to renew', async (t) => {
    const { orders, renewed } = setUp(null, all);
    await t.rejects(orders.renew(['default', 'nothing']), {
      code: 1,
      message: 'there is no certificate called nothing',
    });
    await t.rejects(orders.renew(['toString']), { code: 1, message: 'there is no certificate called toString' });
    await t.rejects(orders.renew(['mine']), {
      code: 1,
      message: 'mine is read from files: whoever made them renews them',
    });
    t.same(renewed, []);
  });

  t.test('with the reason where the authority does not', async (t) => {
    await t.rejects(setUp('the name is not ours', all).orders.renew(['public']), {
      code: 1,
      message: 'the name is not ours',
    });
    await t.rejects(setUp(null, all).orders.renew(['public']), silent);
    const failed = [{ name: 'public', reason: 'the name is not ours' }];
    t.same(await setUp({ renewed: [], failed }, all).orders.renew([]), { renewed: ['default', 'other'], failed });
  });

  t.test('or the local one', async (t) => {
    const { orders } = setUp({ renewed: ['public'], failed: [] }, all, 'ca.key is missing');
    t.same(await orders.renew([]), {
      renewed: ['public'],
      failed: [
        { name: 'default', reason: 'ca.key is missing' },
        { name: 'other', reason: 'ca.key is missing' },
      ],
    });
  });
});

t.test('the journal, a hundred thousand entries at most', async (t) => {
  const reply = { entries: [], isCut: true };
  const { orders, asked } = setUp(reply);
  t.same(await orders.journal(5, 10), reply);
  await orders.journal(5, 100_001);
  t.same(asked, [
    { what: 'journal', query: { since: 5, limit: 10 } },
    { what: 'journal', query: { since: 5, limit: 100_000 } },
  ]);
  await t.rejects(setUp(null).orders.journal(0, 1), silent);
  await t.rejects(setUp('the database is damaged').orders.journal(0, 1), { message: 'the database is damaged' });
});
