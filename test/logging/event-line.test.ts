import t from 'tap';

import { createEventLine } from '../../src/logging/event-line.ts';

const { fromFields: toLine, fromMembers } = createEventLine({
  event: 'session.end',
  severity: 'info',
  message: 'session ended',
  clock: () => ',"time":"2026-02-03T04:05:06.789Z"',
});

t.test('the line of an event', async (t) => {
  t.equal(
    toLine({ service: 'echo', peer_name: undefined, duration: 0.5, bytes: { in: 1, out: null } }),
    `{"severity":"info","time":"2026-02-03T04:05:06.789Z","pid":${process.pid},"event":"session.end","service":"echo","duration":0.5,"bytes":{"in":1,"out":null},"message":"session ended"}\n`,
  );
  t.equal(
    toLine({ none: undefined }),
    `{"severity":"info","time":"2026-02-03T04:05:06.789Z","pid":${process.pid},"event":"session.end","message":"session ended"}\n`,
  );
});

t.test('the line of members that are JSON already', async (t) => {
  t.equal(
    fromMembers('"service":"echo","duration":0.5'),
    `{"severity":"info","time":"2026-02-03T04:05:06.789Z","pid":${process.pid},"event":"session.end","service":"echo","duration":0.5,"message":"session ended"}\n`,
  );
});

t.test('quotes and line ends of a peer stay inside their text', async (t) => {
  const line = toLine({ account: 'a"\n{"severity":"emerg"}\\' });
  t.equal((JSON.parse(line!) as { account: string }).account, 'a"\n{"severity":"emerg"}\\');
  t.equal(line!.split('\n').length, 2);
});

t.test('leaves to others what it cannot write', async (t) => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  for (const fields of [{ message: 'own' }, { error: new Error('x') }, { err: 'x' }, { circle }, { big: 10n }]) {
    t.equal(toLine(fields), null);
  }
});
