import t from 'tap';

import { TemporaryError } from '../../../src/contract/errors.ts';
import type { Item } from '../../../src/contract/item.ts';
import { attemptDelivery, StoppedError } from '../../../src/deliveries/courier/attempt.ts';

const item = {} as Item;
const never = new AbortController().signal;

/** A target that waits for the abort, and does then what is said. */
function waiting(then: () => void) {
  return {
    deliver: (_item: Item, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          try {
            then();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      }),
  };
}

t.test('what the target says', async (t) => {
  await attemptDelivery({ target: { deliver: async () => {} }, item, timeoutMs: 1_000, stopping: never });
  const error = new Error('no such folder');
  const failing = { deliver: () => Promise.reject(error) };
  await t.rejects(attemptDelivery({ target: failing, item, timeoutMs: 1_000, stopping: never }), error);
  const throwing = {
    deliver: () => {
      throw error;
    },
  };
  await t.rejects(attemptDelivery({ target: throwing, item, timeoutMs: 1_000, stopping: never }), error);
});

t.test('too long is a matter for later, whatever the target throws then', async (t) => {
  const target = waiting(() => {
    throw new Error('aborted');
  });
  await t.rejects(attemptDelivery({ target, item, timeoutMs: 1, stopping: never }), {
    name: 'TemporaryError',
    message: 'it took longer than 0.001 s',
  });
});

t.test('delivered at the last moment is delivered', async () => {
  await attemptDelivery({ target: waiting(() => {}), item, timeoutMs: 1, stopping: never });
});

t.test('a target that does not hear the abort is left behind', async (t) => {
  const deaf = { deliver: () => new Promise<void>(() => {}) };
  await t.rejects(attemptDelivery({ target: deaf, item, timeoutMs: 1, stopping: never, graceMs: 1 }), TemporaryError);
});

t.test('the end of the courier is no failure', async (t) => {
  const stopping = new AbortController();
  const target = waiting(() => {
    throw new Error('aborted');
  });
  const attempt = attemptDelivery({ target, item, timeoutMs: 60_000, stopping: stopping.signal });
  stopping.abort();
  await t.rejects(attempt, StoppedError);
  await t.rejects(attemptDelivery({ target, item, timeoutMs: 60_000, stopping: stopping.signal }), StoppedError);
});
