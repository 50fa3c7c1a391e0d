import { PassThrough } from 'node:stream';

import t from 'tap';

import { watchSilence, type Silence } from '../../../../src/services/http/gateway/silence.ts';

interface Watched {
  readonly silence: Silence;
  readonly stream: PassThrough;
  readonly over: Promise<string>;
}

// Timers of the same length go off in the order in which they were begun, so order is all that these tests look at.
const timeoutMs = 20;

function watch(order: string[], name: string, more: { ms?: number; isPeersTurn?: () => boolean } = {}): Watched {
  const { promise: over, resolve } = Promise.withResolvers<string>();
  const stream = new PassThrough();
  const tell = (what: string) => () => {
    order.push(name);
    resolve(what);
  };
  const { ms = timeoutMs, isPeersTurn = () => false } = more;
  const silence = watchSilence({ timeoutMs: ms, stream, isPeersTurn, fallen: tell('fallen'), left: tell('left') });
  return { silence, stream, over };
}

t.test('a sign of life begins the time anew', async (t) => {
  const order: string[] = [];
  const first = watch(order, 'first');
  const second = watch(order, 'second');
  first.silence.touch();
  t.same(await Promise.all([first.over, second.over]), ['fallen', 'fallen']);
  t.same(order, ['second', 'first']);
});

t.test('a slow peer is not the fault of the program', async (t) => {
  const order: string[] = [];
  const turns = [true, false];
  const first = watch(order, 'first', { isPeersTurn: () => turns.shift() ?? false });
  const second = watch(order, 'second');
  await Promise.all([first.over, second.over]);
  t.same(order, ['second', 'first']);
});

t.test('a peer that has ended its direction is waited for less', async (t) => {
  const order: string[] = [];
  const first = watch(order, 'first', { ms: 60_000 });
  first.stream.emit('end');
  t.equal(await first.over, 'left');
});

t.test('what has ended is silent itself', async (t) => {
  const order: string[] = [];
  const first = watch(order, 'first');
  const second = watch(order, 'second');
  first.silence.end();
  first.stream.emit('end');
  await second.over;
  t.same(order, ['second']);
});
