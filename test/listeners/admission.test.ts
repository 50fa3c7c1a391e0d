import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import type { AccessPlan, LimitsPlan } from '../../src/contract/plan.ts';
import { createAdmission, isWithin, type Admission, type AdmissionOptions } from '../../src/listeners/admission.ts';

const limits: AdmissionOptions['limits'] = {
  connections: 1000,
  perSource: null,
  rate: null,
  ratePerSource: null,
  pause: 10_000,
};

interface Clock {
  now: number;
  date: Date;
}

function create(
  given: Partial<LimitsPlan>,
  more: Partial<AdmissionOptions> = {},
): { admission: Admission; clock: Clock } {
  const clock = { now: 0, date: new Date(2026, 0, 1, 12, 0) };
  const admission = createAdmission({
    access: { allows: () => true },
    bans: { has: () => false },
    neverBan: null,
    sensor: null,
    hours: [],
    limits: { ...limits, ...given },
    now: () => clock.now,
    date: () => clock.date,
    ...more,
  });
  return { admission, clock };
}

function from(address: string, port = 40_000): Endpoint {
  return { address, port, family: address.includes(':') ? 'IPv6' : 'IPv4' };
}

t.test('so many connections at once, and not one more', async (t) => {
  const { admission } = create({ connections: 2 });
  t.equal(admission.admit(from('192.0.2.1')), null);
  t.equal(admission.admit(from('192.0.2.2')), null);
  t.equal(admission.admit(from('192.0.2.3')), 'connections');
  admission.release(from('192.0.2.1'));
  t.equal(admission.admit(from('192.0.2.3')), null, 'a place became free');
  t.equal(admission.admit(from('192.0.2.4')), 'connections', 'who was refused holds no place, and has none to give');
});

t.test('so many from one source', async (t) => {
  const { admission } = create({ perSource: 2 });
  t.equal(admission.admit(from('192.0.2.1', 1)), null);
  t.equal(admission.admit(from('192.0.2.1', 2)), null);
  t.equal(admission.admit(from('192.0.2.1', 3)), 'per_source');
  t.equal(admission.admit(from('::ffff:192.0.2.1', 4)), 'per_source', 'over IPv6 as well');
  t.equal(admission.admit(from('192.0.2.2')), null, 'others come in');
  admission.release(from('192.0.2.1', 1));
  t.equal(admission.admit(from('192.0.2.1', 3)), null);
});

t.test('the addresses of an IPv6 /64 are one source', async (t) => {
  const { admission } = create({ perSource: 1 });
  t.equal(admission.admit(from('2001:db8:0:1::1')), null);
  t.equal(admission.admit(from('2001:db8:0:1:ffff::2')), 'per_source');
  t.equal(admission.admit(from('2001:db8:0:2::1')), null);
  admission.release(from('2001:db8:0:1::1'));
  t.equal(admission.admit(from('2001:db8:0:1:ffff::2')), null);
});

t.test('a source that has left altogether starts from zero', async (t) => {
  const { admission } = create({ perSource: 2 });
  for (let round = 0; round < 3; round++) {
    t.equal(admission.admit(from('192.0.2.1')), null);
    t.equal(admission.admit(from('192.0.2.1')), null);
    t.equal(admission.admit(from('192.0.2.1')), 'per_source');
    admission.release(from('192.0.2.1'));
    admission.release(from('192.0.2.1'));
  }
});

t.test('over its rate a service refuses for the pause, then goes on by itself', async (t) => {
  const { admission, clock } = create({ rate: { count: 2, window: 1000 }, pause: 10_000 });
  t.equal(admission.admit(from('192.0.2.1')), null);
  t.equal(admission.admit(from('192.0.2.2')), null);
  t.equal(admission.admit(from('192.0.2.3')), 'rate');
  clock.now = 9_999;
  t.equal(admission.admit(from('192.0.2.3')), 'rate', 'the pause is not over');
  clock.now = 10_000;
  t.equal(admission.admit(from('192.0.2.3')), null, 'it is now');
  t.equal(admission.admit(from('192.0.2.3')), null, 'with a full measure');
  t.equal(admission.admit(from('192.0.2.3')), 'rate');
});

t.test('who stays within the rate is never refused', async (t) => {
  const { admission, clock } = create({ rate: { count: 2, window: 1000 } });
  for (let index = 0; index < 20; index++) {
    t.equal(admission.admit(from('192.0.2.1')), null);
    clock.now += 500;
  }
});

t.test('a pause of nothing refuses only what is over the rate', async (t) => {
  const { admission } = create({ rate: { count: 1, window: 1000 }, pause: 0 });
  t.equal(admission.admit(from('192.0.2.1')), null);
  t.equal(admission.admit(from('192.0.2.1')), 'rate');
  t.equal(admission.admit(from('192.0.2.1')), null);
});

t.test('one source over its rate is refused for the pause, the others are not', async (t) => {
  const { admission, clock } = create({ ratePerSource: { count: 2, window: 1000 }, pause: 5_000 });
  const noisy = from('192.0.2.1');
  t.same(
    [1, 2, 3].map(() => admission.admit(noisy)),
    [null, null, 'rate'],
  );
  t.equal(admission.admit(from('192.0.2.2')), null);
  clock.now = 4_999;
  t.equal(admission.admit(noisy), 'rate');
  clock.now = 5_000;
  t.equal(admission.admit(noisy), null);
});

t.test('a source over its own rate does not use up that of the service', async (t) => {
  const { admission } = create({ rate: { count: 3, window: 1000 }, ratePerSource: { count: 1, window: 1000 } });
  const noisy = from('192.0.2.1');
  t.same(
    [1, 2, 3, 4].map(() => admission.admit(noisy)),
    [null, 'rate', 'rate', 'rate'],
  );
  t.equal(admission.admit(from('192.0.2.2')), null);
  t.equal(admission.admit(from('192.0.2.3')), null);
  t.equal(admission.admit(from('192.0.2.4')), 'rate');
});

t.test('ten thousand sources are remembered for their rate, those that came last', async (t) => {
  const { admission } = create({ ratePerSource: { count: 1, window: 1000 } });
  const other = (index: number): Endpoint => from(`10.0.${index >> 8}.${index & 255}`);
  admission.admitDatagram(from('192.0.2.1'));
  for (let index = 0; index < 9_999; index++) admission.admitDatagram(other(index));
  t.equal(admission.admitDatagram(from('192.0.2.1')), 'rate', 'the ten thousandth pushes nobody out');
  admission.admitDatagram(other(9_999));
  t.equal(admission.admitDatagram(from('192.0.2.1')), 'rate', 'who came again stays, also over the limit');
  t.equal(admission.admitDatagram(other(0)), null, 'who was quiet longest was forgotten');
});

t.test('datagrams have a rate, but no places', async (t) => {
  const { admission } = create({ connections: 1, perSource: 1, rate: { count: 3, window: 1000 } });
  t.same(
    [1, 2, 3, 4].map(() => admission.admitDatagram(from('192.0.2.1'))),
    [null, null, null, 'rate'],
  );
});

t.test('the rate is one for connections and datagrams of a service', async (t) => {
  const { admission } = create({ rate: { count: 1, window: 1000 } });
  t.equal(admission.admitDatagram(from('192.0.2.1')), null);
  t.equal(admission.admit(from('192.0.2.1')), 'rate');
});

t.test('access comes before all counting', async (t) => {
  const { admission } = create(
    { connections: 1, rate: { count: 1, window: 1000 } },
    { access: { allows: (address) => address !== '192.0.2.66' } },
  );
  t.equal(admission.admit(from('192.0.2.66')), 'access');
  t.equal(admission.admitDatagram(from('192.0.2.66')), 'access');
  t.equal(admission.admit(from('192.0.2.1')), null);
});

t.test('access that waits for names holds a place only once it is granted', async (t) => {
  const granted = new Map<string, PromiseWithResolvers<boolean>>();
  const { admission } = create(
    { connections: 1 },
    {
      access: {
        allows(address) {
          const answer = Promise.withResolvers<boolean>();
          granted.set(address, answer);
          return answer.promise;
        },
      },
    },
  );
  const first = admission.admit(from('192.0.2.1'));
  const second = admission.admit(from('192.0.2.2'));
  const third = admission.admit(from('192.0.2.3'));
  granted.get('192.0.2.3')?.resolve(true);
  t.equal(await third, null);
  granted.get('192.0.2.1')?.resolve(true);
  t.equal(await first, 'connections');
  granted.get('192.0.2.2')?.resolve(false);
  t.equal(await second, 'access');
});

t.test('outside its hours a service refuses everybody', async (t) => {
  const { admission, clock } = create({}, { hours: [[8 * 60, 18 * 60]] });
  clock.date = new Date(2026, 0, 1, 7, 59, 59);
  t.equal(admission.admit(from('192.0.2.1')), 'hours');
  t.equal(admission.admitDatagram(from('192.0.2.1')), 'hours');
  clock.date = new Date(2026, 0, 1, 8, 0, 0);
  t.equal(admission.admit(from('192.0.2.1')), null);
});

t.test('hours', async (t) => {
  const office: AccessPlan['hours'] = [[8 * 60, 18 * 60]];
  const night: AccessPlan['hours'] = [[22 * 60, 6 * 60]];
  const lunch: AccessPlan['hours'] = [
    [8 * 60, 12 * 60],
    [13 * 60, 18 * 60],
  ];
  const untilMidnight: AccessPlan['hours'] = [[20 * 60, 24 * 60]];
  const cases: [string, AccessPlan['hours'], hour: number, minute: number, isIn: boolean][] = [
    ['08:00-18:00', office, 7, 59, false],
    ['08:00-18:00', office, 8, 0, true],
    ['08:00-18:00', office, 17, 59, true],
    ['08:00-18:00', office, 18, 0, false],
    ['22:00-06:00', night, 21, 59, false],
    ['22:00-06:00', night, 22, 0, true],
    ['22:00-06:00', night, 23, 59, true],
    ['22:00-06:00', night, 0, 0, true],
    ['22:00-06:00', night, 5, 59, true],
    ['22:00-06:00', night, 6, 0, false],
    ['08:00-12:00 13:00-18:00', lunch, 11, 59, true],
    ['08:00-12:00 13:00-18:00', lunch, 12, 0, false],
    ['08:00-12:00 13:00-18:00', lunch, 13, 0, true],
    ['20:00-24:00', untilMidnight, 23, 59, true],
    ['20:00-24:00', untilMidnight, 0, 0, false],
  ];
  for (const [text, hours, hour, minute, isIn] of cases) {
    t.equal(isWithin(hours, new Date(2026, 0, 1, hour, minute)), isIn, `${text} at ${hour}:${minute}`);
  }
});

t.test('bans', async (t) => {
  const bans = { has: (address: string) => address.startsWith('192.0.2.') };

  t.test('come before everything else, and count nowhere', async (t) => {
    const { admission } = create(
      { connections: 1, rate: { count: 1, window: 1_000 } },
      { bans, hours: [[0, 1]], access: { allows: () => false } },
    );
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    t.equal(admission.admitDatagram(from('192.0.2.1')), 'ban');
    t.equal(admission.admit(from('198.51.100.1')), 'hours');
    const other = create({ connections: 1, rate: { count: 1, window: 1_000 } }, { bans }).admission;
    for (let count = 0; count < 5; count++) t.equal(other.admit(from('192.0.2.1')), 'ban');
    t.equal(other.admit(from('198.51.100.1')), null);
  });

  t.test('do not concern who is never banned inside a banned network', async (t) => {
    const { admission } = create(
      { connections: 2 },
      { bans, neverBan: { allows: (address) => address === '192.0.2.7' } },
    );
    t.equal(admission.admit(from('192.0.2.7')), null);
    t.equal(admission.admit(from('192.0.2.8')), 'ban');
    t.equal(admission.admitDatagram(from('192.0.2.7')), null);
    t.equal(admission.admit(from('192.0.2.7')), null);
    t.equal(admission.admit(from('192.0.2.7')), 'connections', 'other rules still do');
    admission.release(from('192.0.2.7'));
    t.equal(admission.admit(from('192.0.2.7')), null);
  });

  t.test('wait where that takes a lookup, and hold no place meanwhile', async (t) => {
    const answers = new Map<string, PromiseWithResolvers<boolean>>();
    const neverBan = {
      allows(address: string) {
        const answer = Promise.withResolvers<boolean>();
        answers.set(address, answer);
        return answer.promise;
      },
    };
    const { admission } = create({ connections: 1 }, { bans, neverBan });
    const [exempt, banned] = [admission.admit(from('192.0.2.7')), admission.admit(from('192.0.2.8'))];
    t.equal(admission.admit(from('198.51.100.1')), null, 'others do not wait');
    t.equal(answers.has('198.51.100.1'), false);
    admission.release(from('198.51.100.1'));
    answers.get('192.0.2.7')?.resolve(true);
    answers.get('192.0.2.8')?.resolve(false);
    t.equal(await exempt, null);
    t.equal(await banned, 'ban');
    t.equal(admission.admit(from('198.51.100.1')), 'connections');
  });

  t.test('a change of them counts for the next peer', async (t) => {
    let isBanned = false;
    const { admission } = create({}, { bans: { has: () => isBanned } });
    t.equal(admission.admit(from('192.0.2.1')), null);
    isBanned = true;
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    admission.release(from('192.0.2.1'));
  });
});

t.test('a sensor', async (t) => {
  t.test('tells of everybody who connects, once each time, and lets nobody in', async (t) => {
    const touched: string[] = [];
    const { admission } = create({}, { sensor: ({ address }) => void touched.push(address) });
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    t.equal(admission.admit(from('192.0.2.2')), 'ban');
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    t.same(touched, ['192.0.2.1', '192.0.2.2', '192.0.2.1']);
  });

  t.test('does not ask whether they may come at all', async (t) => {
    const touched: string[] = [];
    const sensor = ({ address }: Endpoint): void => void touched.push(address);
    const { admission } = create({ connections: 0 }, { sensor, access: { allows: () => false }, hours: [[0, 1]] });
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    t.same(touched, ['192.0.2.1']);
  });

  t.test('has nothing to tell of who is banned already', async (t) => {
    const touched: string[] = [];
    const sensor = ({ address }: Endpoint): void => void touched.push(address);
    const { admission } = create({}, { sensor, bans: { has: () => true } });
    t.equal(admission.admit(from('192.0.2.1')), 'ban');
    t.same(touched, []);
  });

  t.test('does not believe the sender of a datagram', async (t) => {
    const touched: string[] = [];
    const { admission } = create({}, { sensor: ({ address }) => void touched.push(address) });
    t.equal(admission.admitDatagram(from('192.0.2.1')), null);
    t.same(touched, []);
  });
});
