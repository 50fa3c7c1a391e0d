import t from 'tap';

import { createPeerNames, type PeerNamesOptions } from '../../src/logging/peer-names.ts';

/** A resolver that answers when the test says so. */
function setUp(options: PeerNamesOptions = {}) {
  const asked: { address: string; answer: (names: readonly string[]) => void; fail: () => void }[] = [];
  const clock = { now: 0 };
  const names = createPeerNames({
    now: () => clock.now,
    reverse(address) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      asked.push({ address, answer: resolve, fail: () => reject(new Error('ENOTFOUND')) });
      return promise;
    },
    ...options,
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { names, asked, clock, settled };
}

t.test('nothing at first, the name later', async (t) => {
  const { names, asked, settled } = setUp();
  t.equal(names.lookup('192.0.2.1'), undefined);
  t.equal(names.lookup('192.0.2.1'), undefined);
  t.equal(asked.length, 1, 'asked once');
  asked[0]!.answer(['Host.Example.', 'other.example']);
  await settled();
  t.equal(names.lookup('192.0.2.1'), 'host.example');
});

t.test('an address without a name is not asked about for a while', async (t) => {
  const { names, asked, clock, settled } = setUp({ namelessLifeMs: 100 });
  names.lookup('192.0.2.1');
  asked[0]!.fail();
  await settled();
  clock.now = 99;
  t.equal(names.lookup('192.0.2.1'), undefined);
  t.equal(asked.length, 1);
  clock.now = 100;
  names.lookup('192.0.2.1');
  t.equal(asked.length, 2);
});

t.test('an old name is used until there is a new one', async (t) => {
  const { names, asked, clock, settled } = setUp({ lifeMs: 100 });
  names.lookup('192.0.2.1');
  asked[0]!.answer(['old.example']);
  await settled();
  clock.now = 100;
  t.equal(names.lookup('192.0.2.1'), 'old.example');
  asked[1]!.answer(['new.example']);
  await settled();
  t.equal(names.lookup('192.0.2.1'), 'new.example');
});

t.test('so many lookups at once, and not one more', async (t) => {
  const { names, asked, settled } = setUp({ maxPending: 2 });
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) names.lookup(address);
  t.same(
    asked.map(({ address }) => address),
    ['192.0.2.1', '192.0.2.2'],
  );
  asked[0]!.answer([]);
  await settled();
  names.lookup('192.0.2.3');
  t.equal(asked[2]!.address, '192.0.2.3');
});

t.test('so many names are remembered; the one not used for longest goes first', async (t) => {
  const { names, asked, settled } = setUp({ maxKnown: 2 });
  for (const [i, address] of ['192.0.2.1', '192.0.2.2'].entries()) {
    names.lookup(address);
    asked[i]!.answer([`host${i}.example`]);
  }
  await settled();
  t.equal(names.lookup('192.0.2.1'), 'host0.example');
  names.lookup('192.0.2.3');
  asked[2]!.answer(['host2.example']);
  await settled();
  t.equal(names.lookup('192.0.2.1'), 'host0.example');
  t.equal(names.lookup('192.0.2.2'), undefined);
});

t.test('a name with anything but host name characters is none', async (t) => {
  const { names, asked, settled } = setUp();
  const jokes = ['a b.example', 'x\n.example', '', 'a'.repeat(254), '<script>'];
  for (const [i, joke] of jokes.entries()) {
    names.lookup(`192.0.2.${i}`);
    asked[i]!.answer([joke]);
    await settled();
    t.equal(names.lookup(`192.0.2.${i}`), undefined, JSON.stringify(joke));
  }
});

t.test('an address that cannot be asked about has no name', async (t) => {
  const names = createPeerNames();
  t.equal(names.lookup('fe80::1%nowhere'), undefined);
});
