import t from 'tap';

import { TemporaryError } from '../../src/contract/errors.ts';
import { createLinkPool, type Link } from '../../src/deliveries/link-pool.ts';

const never = new AbortController().signal;

interface FakeLink extends Link {
  readonly number: number;
  isUsable: boolean;
  state: 'open' | 'closed' | 'destroyed';
}

function fakes(options: { readonly idleMs?: number; readonly maxUses?: number } = {}) {
  const links: FakeLink[] = [];
  const pool = createLinkPool<FakeLink>({
    idleMs: 60_000,
    maxUses: 3,
    ...options,
    async open() {
      const link: FakeLink = {
        number: links.length + 1,
        isUsable: true,
        state: 'open',
        close: () => void (link.state = 'closed'),
        destroy: () => void (link.state = 'destroyed'),
      };
      links.push(link);
      return link;
    },
  });
  return { links, pool };
}

const number = async (link: FakeLink): Promise<number> => link.number;

t.test('one that is idle is used again, so often; those who come at once have one each', async (t) => {
  const { links, pool } = fakes();
  const first = [await pool.use(number, never), await pool.use(number, never), await pool.use(number, never)];
  t.same(first, [1, 1, 1]);
  t.equal(links[0]?.state, 'closed');
  t.same(await Promise.all([pool.use(number, never), pool.use(number, never)]), [2, 3]);
  pool.close();
  t.same(
    links.map(({ state }) => state),
    ['closed', 'closed', 'closed'],
  );
});

t.test('one that has gone is not used', async (t) => {
  const { links, pool } = fakes();
  await pool.use(number, never);
  if (links[0] !== undefined) links[0].isUsable = false;
  t.equal(await pool.use(number, never), 2);
});

t.test('one that goes while it is used again is replaced, once', async (t) => {
  const { links, pool } = fakes();
  await pool.use(number, never);
  const losing = async (link: FakeLink): Promise<number> => {
    link.isUsable = false;
    throw new TemporaryError(`lost ${link.number}`);
  };
  await t.rejects(pool.use(losing, never), { message: 'lost 2' });
  t.same(
    links.map(({ state }) => state),
    ['destroyed', 'destroyed'],
  );
});

t.test('a failure on a connection that is whole is told at once', async (t) => {
  const { links, pool } = fakes();
  await pool.use(number, never);
  await t.rejects(
    pool.use(() => Promise.reject(new TemporaryError('full')), never),
    { message: 'full' },
  );
  t.equal(links.length, 1);
});

t.test('the abort cuts the connection that it is for', async (t) => {
  const { links, pool } = fakes();
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<void>();
  const use = pool.use(() => promise, controller.signal);
  await pool.use(number, never);
  controller.abort();
  t.same(
    links.map(({ state }) => state),
    ['destroyed', 'open'],
  );
  reject(new Error('cut'));
  await t.rejects(use, { message: 'cut' });
  await t.rejects(pool.use(number, controller.signal), { name: 'AbortError' });
  pool.close();
});

t.test('one that nobody needs is closed', async (t) => {
  const { links, pool } = fakes({ idleMs: 1 });
  await pool.use(number, never);
  while (links[0]?.state === 'open') await new Promise((resolve) => setTimeout(resolve, 1));
  t.equal(links[0]?.state, 'closed');
  t.equal(await pool.use(number, never), 2);
});
