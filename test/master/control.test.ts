import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { SessionEvent, SessionReport } from '../../src/contract/channel.ts';
import type { CertificatesReport, ControlReply, Status } from '../../src/contract/control.ts';
import { ConfigError, ExitError, type Mistake } from '../../src/contract/errors.ts';
import { openControlSocket, type ControlHandlers } from '../../src/master/control.ts';
import type { Orders } from '../../src/master/orders.ts';
import { BindError } from '../../src/master/sockets.ts';
import { shortFolder } from '../system/short-folder.ts';

const status: Status = {
  name: 'portico',
  version: '1.2.3',
  pid: 42,
  started: '2026-01-02T03:04:05.000Z',
  generation: 1,
  state: 'running',
  config: '/etc/portico/daemon.config.yaml',
  admin: null,
  workers: [],
  services: [],
  deliveries: [],
};

const session: SessionReport = {
  id: 'abcdef012345',
  service: 'echo',
  peer: '127.0.0.1:4000',
  local: '127.0.0.1:2007',
  account: null,
  tls: null,
  started: '2026-01-02T03:04:05.000Z',
  bytes: { in: 1, out: 2 },
  state: 'active',
};

const event: SessionEvent = { event: 'start', session };

type Given = Partial<Omit<ControlHandlers, 'orders'>> & { readonly orders?: Partial<Orders> };

interface Opened {
  readonly path: string;
  /** Sends the text and gives every line until the daemon hangs up. */
  say(text: string): Promise<ControlReply[]>;
  dial(): Socket;
}

async function open(t: Test, { orders, ...handlers }: Given = {}, runtime = shortFolder(t)): Promise<Opened> {
  const unexpected = (): never => {
    throw new Error('nobody expected this command');
  };
  const control = await openControlSocket(runtime, {
    status: unexpected,
    sessions: unexpected,
    reload: unexpected,
    upgrade: unexpected,
    stop: unexpected,
    kick: unexpected,
    orders: {
      bans: unexpected,
      ban: unexpected,
      unban: unexpected,
      certificates: unexpected,
      renew: unexpected,
      journal: unexpected,
      deliveries: { counts: unexpected, carryOut: unexpected },
      ...orders,
    },
    follow: unexpected,
    ...handlers,
  });
  t.teardown(() => control.close());
  const dial = (): Socket => {
    const socket = connect(control.path);
    t.teardown(() => socket.destroy());
    return socket;
  };
  return {
    path: control.path,
    dial,
    async say(text) {
      const socket = dial();
      socket.write(text);
      return (await linesOf(socket)).map((line) => JSON.parse(line) as ControlReply);
    },
  };
}

async function linesOf(socket: Socket): Promise<string[]> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text.split('\n').slice(0, -1);
}

t.test('is for the owner alone', async (t) => {
  const runtime = join(shortFolder(t), 'run');
  const { path } = await open(t, {}, runtime);
  t.equal(path, join(runtime, 'portico.sock'));
  t.equal(statSync(path).mode & 0o777, 0o600);
});

t.test('leaves the umask as it was', async (t) => {
  const before = process.umask();
  await open(t);
  t.equal(process.umask(), before);
});

t.test('there is one daemon for a runtime folder', async (t) => {
  const runtime = shortFolder(t);
  await open(t, {}, runtime);
  await t.rejects(open(t, {}, runtime), { code: 'EADDRINUSE' });
});

t.test('removes its file when it closes, and never one that is not a socket', async (t) => {
  const runtime = shortFolder(t);
  const control = await openControlSocket(runtime, {} as ControlHandlers);
  control.close();
  t.notOk(statSync(control.path, { throwIfNoEntry: false }));
  writeFileSync(control.path, 'precious');
  await t.rejects(open(t, {}, runtime), { code: 'EADDRINUSE' });
  t.equal(readFileSync(control.path, 'utf8'), 'precious');
});

t.test('answers each command with one line', async (t) => {
  const asked: string[] = [];
  const note = (what: string): void => void asked.push(what);
  const { say } = await open(t, {
    status: async () => status,
    sessions: async () => [session],
    reload: async () => note('reload'),
    upgrade: async () => note('upgrade'),
    stop: () => note('stop'),
    kick: async (id) => {
      note(`kick ${id}`);
      return id === 'abcdef012345';
    },
  });
  t.same(await say('{"command":"status"}\n'), [{ ok: true, value: status }]);
  t.same(await say('{"command":"sessions"}\n'), [{ ok: true, value: [session] }]);
  t.same(await say('{"command":"reload"}\n'), [{ ok: true, value: null }]);
  t.same(await say('{"command":"upgrade"}\n'), [{ ok: true, value: null }]);
  t.same(await say('{"command":"stop"}\n'), [{ ok: true, value: null }]);
  t.same(await say('{"command":"kick","id":"abcdef012345"}\n'), [{ ok: true, value: null }]);
  t.same(await say('{"command":"kick","id":"nobody"}\n'), [
    { ok: false, code: 1, message: 'there is no session nobody' },
  ]);
  t.same(asked, ['reload', 'upgrade', 'stop', 'kick abcdef012345', 'kick nobody']);
});

t.test('orders of bans, certificates and the journal', async (t) => {
  const asked: unknown[][] = [];
  const note = (...what: unknown[]): void => void asked.push(what);
  const ban: Ban = { source: '192.0.2.1', until: null, reason: 'manual', service: null, since: 1 };
  const report: CertificatesReport = { authority: null, certificates: [] };
  const { say } = await open(t, {
    orders: {
      bans: async () => [ban],
      ban: async (source, duration) => note('ban', source, duration),
      unban: async (source) => note('unban', source),
      certificates: () => report,
      async renew(names) {
        note('renew', names);
        return { renewed: names, failed: [] };
      },
      async journal(since, limit) {
        note('journal', since, limit);
        return { entries: [], isCut: false };
      },
    },
  });
  for (const [request, value] of [
    [{ command: 'bans' }, [ban]],
    [{ command: 'ban', source: '192.0.2.1', duration: 60_000 }, null],
    [{ command: 'ban', source: '192.0.2.1', duration: null }, null],
    [{ command: 'unban', source: '192.0.2.1' }, null],
    [{ command: 'certificates' }, report],
    [
      { command: 'renew', names: ['default'] },
      { renewed: ['default'], failed: [] },
    ],
    [
      { command: 'journal', since: 5, limit: 10 },
      { entries: [], isCut: false },
    ],
  ] as const)
    t.same(await say(`${JSON.stringify(request)}\n`), [{ ok: true, value }], request.command);
  t.same(asked, [
    ['ban', '192.0.2.1', 60_000],
    ['ban', '192.0.2.1', null],
    ['unban', '192.0.2.1'],
    ['renew', ['default']],
    ['journal', 5, 10],
  ]);

  t.test('may be anything by mistake', async (t) => {
    asked.length = 0;
    for (const line of [
      '{"command":"ban","duration":"1h"}',
      '{"command":"unban","source":{}}',
      '{"command":"renew","names":"all"}',
      '{"command":"renew","names":[1,null]}',
      '{"command":"journal","since":"x","limit":-5}',
      '{"command":"journal","since":1e999,"limit":1e999}',
    ])
      t.match(await say(`${line}\n`), [{ ok: true }], line);
    t.same(asked, [
      ['ban', 'undefined', null],
      ['unban', '[object Object]'],
      ['renew', []],
      ['renew', ['1', 'null']],
      ['journal', 0, 1],
      ['journal', Infinity, Infinity],
    ]);
  });
});

t.test('a request may come in pieces', async (t) => {
  const { dial } = await open(t, { status: async () => status });
  const socket = dial();
  const answer = linesOf(socket);
  for (const piece of ['{"comm', 'and":"sta', 'tus"}', '\n']) {
    socket.write(piece);
    await turn();
  }
  t.equal((await answer).length, 1);
});

t.test('only the first request of a connection counts', async (t) => {
  const { say } = await open(t, { status: async () => status });
  t.same(await say('{"command":"status"}\n{"command":"stop"}\n'), [{ ok: true, value: status }]);
});

t.test('refuses what is no request', async (t) => {
  const { say } = await open(t);
  for (const line of ['{"command":"dance"}', '{}', '[]', 'null', '7', 'hello', '', '{"command":'])
    t.match(await say(`${line}\n`), [{ ok: false, code: 64 }], line);
});

t.test('takes a line of 4096 characters, and none longer', async (t) => {
  const { say, dial } = await open(t, { kick: async () => true });
  const request = (length: number): string => {
    const empty = JSON.stringify({ command: 'kick', id: '' });
    return JSON.stringify({ command: 'kick', id: 'x'.repeat(length - empty.length) });
  };
  const tooLong = [{ ok: false, code: 64, message: 'expected a request of at most 4096 characters' }];
  t.same(await say(`${request(4096)}\n`), [{ ok: true, value: null }]);
  t.same(await say(`${request(4097)}\n`), tooLong);
  t.same(await say(request(4097)), tooLong, 'the end of the line is not waited for');
  const socket = dial();
  socket.write('x'.repeat(1 << 20));
  t.equal((await linesOf(socket)).length, 1);
});

t.test('an id in a message is cut short', async (t) => {
  const { say } = await open(t, { kick: async () => false });
  const id = 'y'.repeat(100);
  t.same(await say(`${JSON.stringify({ command: 'kick', id })}\n`), [
    { ok: false, code: 1, message: `there is no session ${'y'.repeat(40)}` },
  ]);
});

t.test('errors become exit codes', async (t) => {
  const mistake: Mistake = {
    file: '/c.yaml',
    line: 14,
    column: 15,
    path: 'services.x',
    message: 'expected y',
    length: 3,
  };
  const cases: readonly (readonly [Error, ControlReply])[] = [
    [
      new ConfigError([mistake]),
      { ok: false, code: 78, message: '/c.yaml:14:15: services.x: expected y', mistakes: [mistake] },
    ],
    [
      new BindError(['service a: taken'], 'EADDRINUSE'),
      { ok: false, code: 69, message: 'service a: taken\nnothing was changed, the daemon goes on as before' },
    ],
    [new ExitError(77, 'not allowed'), { ok: false, code: 77, message: 'not allowed' }],
    [new Error('a fault'), { ok: false, code: 70, message: 'a fault' }],
  ];
  for (const [error, reply] of cases) {
    const { say } = await open(t, { reload: () => Promise.reject(error) });
    t.same(await say('{"command":"reload"}\n'), [reply], error.name);
  }
});

t.test('a peer that leaves at once does no harm', async (t) => {
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { dial, say } = await open(t, {
    status: async () => status,
    reload() {
      asked.resolve();
      return answered.promise;
    },
  });
  const socket = dial();
  socket.write('{"command":"reload"}\n');
  await asked.promise;
  socket.destroy();
  await once(socket, 'close');
  answered.resolve();
  t.equal((await say('{"command":"status"}\n')).length, 1);
});

t.test('follow', async (t) => {
  interface Followed extends Opened {
    emit(event: SessionEvent): void;
    readonly unfollowed: Promise<void>;
  }
  async function followed(t: Test): Promise<Followed> {
    const listeners = new Set<(event: SessionEvent) => void>();
    const unfollowed = Promise.withResolvers<void>();
    const opened = await open(t, {
      follow(listener) {
        listeners.add(listener);
        return () => {
          listeners.delete(listener);
          unfollowed.resolve();
        };
      },
    });
    return {
      ...opened,
      unfollowed: unfollowed.promise,
      emit: (said) => listeners.forEach((listener) => listener(said)),
    };
  }

  t.test('sends a line for each event until the peer hangs up', async (t) => {
    const { dial, emit, unfollowed } = await followed(t);
    const socket = dial();
    socket.setEncoding('utf8').write('{"command":"follow"}\n');
    t.same((await once(socket, 'data'))[0], '{"ok":true,"value":null}\n');
    emit(event);
    t.same(JSON.parse(String((await once(socket, 'data'))[0])), event);
    emit({ event: 'end', session, reason: 'kick', duration: 1.5 });
    t.same(JSON.parse(String((await once(socket, 'data'))[0])), {
      event: 'end',
      session,
      reason: 'kick',
      duration: 1.5,
    });
    socket.destroy();
    await unfollowed;
  });

  t.test('cuts off a peer that does not read', async (t) => {
    const { dial, emit, unfollowed } = await followed(t);
    const socket = dial();
    socket.write('{"command":"follow"}\n');
    await once(socket, 'readable');
    const cutOff = unfollowed.then(() => true);
    const isCutOff = (): Promise<boolean> => Promise.race([cutOff, turn(false)]);
    let count = 0;
    while (!(await isCutOff()) && count < 100_000) {
      for (let i = 0; i < 100; i++) emit(event);
      count += 100;
    }
    t.ok(count < 100_000, 'before a hundred thousand events were kept for it');
  });
});
