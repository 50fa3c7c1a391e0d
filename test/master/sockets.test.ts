import { once } from 'node:events';
import { fstatSync, linkSync, lstatSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import net, { BoundSocket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import {
  BindError,
  createSocketKeeper,
  listenerAddress,
  nameForUpgrade,
  removeStaleSocket,
  type HeldSocket,
  type Holding,
  type SocketKeeper,
  type Wanted,
} from '../../src/master/sockets.ts';
import { libc } from '../../src/system/libc.ts';
import { duplicate } from '../../src/system/sockets.ts';
import { shortFolder } from '../system/short-folder.ts';
import { listenPlan } from '../support/plans.ts';

const withLibc = { skip: libc === null ? 'no node:ffi' : false };
const hasIPv6 = canBind('::1');

function canBind(host: string): boolean {
  try {
    new BoundSocket({ host, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

function keeperFor(t: Test): SocketKeeper {
  const keeper = createSocketKeeper();
  t.teardown(() => keeper.close());
  return keeper;
}

function wanted(text: string, { service = 'test', index = 0, mode = null as number | null } = {}): Wanted {
  return { service, index, listen: listenPlan(text, { mode }) };
}

/** The only socket of the only address. */
function only(holding: Holding, key = 'test/0'): HeldSocket {
  const sockets = holding.sockets.get(key) ?? [];
  if (sockets.length !== 1) throw new Error(`expected one socket for ${key}, got ${sockets.length}`);
  return sockets[0]!;
}

/** A server of somebody else. */
async function stranger(t: Test, where: { port: number; host: string } | { path: string }): Promise<AddressInfo> {
  const server = net.createServer();
  server.listen(where);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server.address() as AddressInfo;
}

/** A unix socket file whose owner is gone without removing it. */
function leaveStaleSocket(path: string): void {
  const socket = new BoundSocket({ path: `${path}~` } as net.BoundSocketOptions);
  // Closing removes the file under the name that it was bound to.
  linkSync(`${path}~`, path);
  socket.close();
  if (!statSync(path).isSocket()) throw new Error('no stale socket was left');
}

/** What tells whether the socket is open still: a number may come to stand for another file. */
function watch(socket: HeldSocket): { readonly isOpen: boolean } {
  const inode = inodeOf(socket.fd!);
  return {
    get isOpen() {
      return inodeOf(socket.fd!) === inode;
    },
  };
}

function inodeOf(fd: number): number | null {
  try {
    return fstatSync(fd).ino;
  } catch {
    return null;
  }
}

t.test('binds what is wanted', async (t) => {
  const holding = await keeperFor(t).hold([wanted('tcp://127.0.0.1:0')]);
  const socket = only(holding);
  t.equal(socket.transport, 'stream');
  t.match(socket.local, { address: '127.0.0.1', family: 'IPv4' });
  t.not(socket.local.port, 0);
  t.type(socket.fd, 'number');
});

t.test('names everything that could not be bound, and holds nothing then', async (t) => {
  const keeper = keeperFor(t);
  const taken = await stranger(t, { port: 0, host: '127.0.0.1' });
  const folder = shortFolder(t);
  writeFileSync(join(folder, 'file'), 'precious');
  const addresses = [
    wanted('tcp://127.0.0.1:0', { service: 'good' }),
    wanted(`tcp://127.0.0.1:${taken.port}`, { service: 'taken' }),
    wanted(`unix:${join(folder, 'good')}`, { service: 'local' }),
    wanted(`unix:${join(folder, 'file')}`, { service: 'file' }),
  ];
  const error = await keeper.hold(addresses).catch((thrown: unknown) => thrown);
  t.type(error, BindError);
  const lines = (error as BindError).message.split('\n');
  t.equal(lines.length, 2);
  t.match(lines[0], new RegExp(`^service taken: tcp://127\\.0\\.0\\.1:${taken.port}: .*EADDRINUSE`));
  t.match(lines[1], /^service file: unix:.*: is there and is no socket$/);
  t.equal((error as BindError).code, 'EADDRINUSE');
  t.same(keeper.all(), []);
  t.notOk(lstatSync(join(folder, 'good'), { throwIfNoEntry: false }), 'the socket file is gone again');
});

t.test('has a code only where all failures have the same', async (t) => {
  const taken = await stranger(t, { port: 0, host: '127.0.0.1' });
  const addresses = [wanted(`tcp://127.0.0.1:${taken.port}`), wanted('tcp://192.0.2.1:0', { index: 1 })];
  await t.rejects(keeperFor(t).hold(addresses), { name: 'BindError', code: undefined });
});

t.test('a port that the system chose stays the same from one plan to the next', async (t) => {
  const keeper = keeperFor(t);
  const first = await keeper.hold([wanted('tcp://127.0.0.1:0')]);
  first.commit();
  const second = await keeper.hold([wanted('tcp://127.0.0.1:0')]);
  second.commit();
  t.equal(only(second), only(first));
});

t.test('each port 0 is a socket of its own', async (t) => {
  const holding = await keeperFor(t).hold([
    wanted('tcp://127.0.0.1:0', { index: 0 }),
    wanted('tcp://127.0.0.1:0', { index: 1 }),
    wanted('tcp://127.0.0.1:0', { service: 'other' }),
  ]);
  const ports = ['test/0', 'test/1', 'other/0'].map((key) => only(holding, key).local.port);
  t.equal(new Set(ports).size, 3);
});

t.test('a fixed address is found again by whichever service wants it', async (t) => {
  const keeper = keeperFor(t);
  const { port } = only(await keeper.hold([wanted('tcp://127.0.0.1:0')])).local;
  keeper.close();
  const first = await keeper.hold([wanted(`tcp://127.0.0.1:${port}`, { service: 'old' })]);
  first.commit();
  const second = await keeper.hold([wanted(`tls://127.0.0.1:${port}`, { service: 'new', index: 3 })]);
  t.equal(only(second, 'new/3'), only(first, 'old/0'));
});

t.test('"*" means both families on one port', { skip: hasIPv6 ? false : 'no IPv6 here' }, async (t) => {
  const holding = await keeperFor(t).hold([wanted('tcp://*:0')]);
  const sockets = holding.sockets.get('test/0') ?? [];
  t.same(
    sockets.map(({ local }) => [local.family, local.address]),
    [
      ['IPv4', '0.0.0.0'],
      ['IPv6', '::'],
    ],
  );
  t.equal(sockets[0]!.local.port, sockets[1]!.local.port);
});

t.test('UDP is bound ahead as well', withLibc, async (t) => {
  const socket = only(await keeperFor(t).hold([wanted('udp://127.0.0.1:0')]));
  t.equal(socket.transport, 'datagram');
  t.not(socket.local.port, 0);
});

t.test('undo closes what was bound for this plan and keeps the rest', async (t) => {
  const keeper = keeperFor(t);
  const before = await keeper.hold([wanted('tcp://127.0.0.1:0')]);
  before.commit();
  const kept = only(before);
  const next = await keeper.hold([wanted('tcp://127.0.0.1:0'), wanted('tcp://127.0.0.1:0', { index: 1 })]);
  const fresh = only(next, 'test/1');
  const [old, unwanted] = [watch(kept), watch(fresh)];
  next.undo();
  t.same(keeper.all(), [kept]);
  t.equal(old.isOpen, true);
  t.equal(unwanted.isOpen, false);
});

t.test('commit closes what the plan no longer wants, and not before', async (t) => {
  const keeper = keeperFor(t);
  const path = join(shortFolder(t), 'gone');
  const before = await keeper.hold([wanted('tcp://127.0.0.1:0'), wanted(`unix:${path}`, { index: 1 })]);
  before.commit();
  const old = watch(only(before));
  const next = await keeper.hold([wanted('tcp://127.0.0.1:0', { service: 'other' })]);
  t.equal(old.isOpen, true);
  next.commit();
  t.same(keeper.all(), [only(next, 'other/0')]);
  t.equal(old.isOpen, false);
  t.notOk(lstatSync(path, { throwIfNoEntry: false }));
});

t.test('close gives up everything', async (t) => {
  const keeper = createSocketKeeper();
  const path = join(shortFolder(t), 'sub', 'here');
  const holding = await keeper.hold([wanted('tcp://127.0.0.1:0'), wanted(`unix:${path}`, { index: 1 })]);
  t.ok(statSync(path).isSocket(), 'its folder was made');
  const held = watch(only(holding));
  keeper.close();
  t.same(keeper.all(), []);
  t.equal(held.isOpen, false);
  t.notOk(lstatSync(path, { throwIfNoEntry: false }));
});

t.test('unix sockets', async (t) => {
  t.test('have the permissions of the plan', async (t) => {
    const path = join(shortFolder(t), 's');
    await keeperFor(t).hold([wanted(`unix:${path}`, { mode: 0o620 })]);
    t.equal(statSync(path).mode & 0o777, 0o620);
  });

  t.test('get other permissions when another plan is in force, not before', async (t) => {
    const keeper = keeperFor(t);
    const path = join(shortFolder(t), 's');
    (await keeper.hold([wanted(`unix:${path}`, { mode: 0o620 })])).commit();
    const next = await keeper.hold([wanted(`unix:${path}`, { mode: 0o666 })]);
    t.equal(statSync(path).mode & 0o777, 0o620);
    next.commit();
    t.equal(statSync(path).mode & 0o777, 0o666);
    unlinkSync(path);
    (await keeper.hold([wanted(`unix:${path}`, { mode: 0o600 })])).commit();
    t.pass('somebody else removing the file is no failure of the plan');
  });

  t.test('replace a file that nobody listens on', async (t) => {
    const path = join(shortFolder(t), 's');
    leaveStaleSocket(path);
    const holding = await keeperFor(t).hold([wanted(`unix:${path}`)]);
    t.same(only(holding).local, { address: path, port: 0, family: 'unix' });
  });

  t.test('leave another program its own', async (t) => {
    const path = join(shortFolder(t), 's');
    await stranger(t, { path });
    await t.rejects(keeperFor(t).hold([wanted(`unix:${path}`)]), {
      code: 'EADDRINUSE',
      message: `service test: unix:${path}: ${path}: another program listens there`,
    });
    t.ok(statSync(path).isSocket());
  });
});

t.test('removeStaleSocket', async (t) => {
  t.test('is content with nothing there', async (t) => {
    await removeStaleSocket(join(shortFolder(t), 'nothing'));
  });

  t.test('removes what nobody listens on', async (t) => {
    const path = join(shortFolder(t), 's');
    leaveStaleSocket(path);
    await removeStaleSocket(path);
    t.notOk(lstatSync(path, { throwIfNoEntry: false }));
  });

  t.test('never removes a regular file', async (t) => {
    const path = join(shortFolder(t), 'file');
    writeFileSync(path, 'precious');
    await t.rejects(removeStaleSocket(path), { code: 'EADDRINUSE', message: `${path}: is there and is no socket` });
    t.equal(readFileSync(path, 'utf8'), 'precious');
  });
});

t.test('sockets from outside', withLibc, async (t) => {
  /** A descriptor as systemd would leave it, and the port it is bound to. */
  function inherited(t: Test): { fd: number; port: number } {
    const socket = new BoundSocket({ host: '127.0.0.1', port: 0 });
    t.teardown(() => socket.close());
    return { fd: duplicate(socket.fd()), port: socket.address().port };
  }

  t.test('are found by their name', async (t) => {
    const keeper = keeperFor(t);
    const [one, two] = [inherited(t), inherited(t)];
    keeper.adopt(one.fd, 'web');
    keeper.adopt(two.fd, 'web');
    const holding = await keeper.hold([wanted('socket:web')]);
    const sockets = holding.sockets.get('test/0') ?? [];
    t.same(
      sockets.map(({ fd, transport, local }) => ({ fd, transport, port: local.port })),
      [
        { fd: one.fd, transport: 'stream', port: one.port },
        { fd: two.fd, transport: 'stream', port: two.port },
      ],
    );
  });

  t.test('are missed by their name', async (t) => {
    await t.rejects(keeperFor(t).hold([wanted('socket:web')]), {
      message: 'service test: socket:web: no socket of this name was inherited from systemd',
    });
  });

  t.test('stay when no plan wants them: systemd gives them only once', async (t) => {
    const keeper = keeperFor(t);
    keeper.adopt(inherited(t).fd, 'web');
    (await keeper.hold([])).commit();
    t.equal((await keeper.hold([wanted('socket:web')])).sockets.get('test/0')?.length, 1);
  });

  t.test('of the previous image are found by what they were bound for', async (t) => {
    const folder = shortFolder(t);
    const before = keeperFor(t);
    const inheritedOnes = [inherited(t), inherited(t)];
    for (const { fd } of inheritedOnes) before.adopt(fd, 'web');
    const wants = [
      wanted('tcp://127.0.0.1:0'),
      wanted('udp://127.0.0.1:0', { index: 1 }),
      wanted(`unix:${join(folder, 's')}`, { index: 2 }),
      wanted('socket:web', { index: 3 }),
    ];
    const old = await before.hold(wants);
    old.commit();

    const after = createSocketKeeper();
    for (const socket of before.all()) after.adopt(duplicate(socket.fd!), nameForUpgrade(socket));
    const now = await after.hold(wants);
    now.commit();
    t.same(
      [...now.sockets].map(([key, sockets]) => [key, sockets.map(({ local, transport }) => ({ local, transport }))]),
      [...old.sockets].map(([key, sockets]) => [key, sockets.map(({ local, transport }) => ({ local, transport }))]),
    );
    t.same(
      after.all().map(({ key }) => key),
      before.all().map(({ key }) => key),
    );
    after.close();
    t.notOk(lstatSync(join(folder, 's'), { throwIfNoEntry: false }), 'the next image removes the file of the first');
  });

  t.test('have plain names for the next image', async (t) => {
    const socket = { transport: 'stream', local: { address: '', port: 0, family: 'unix' }, fd: 3, close() {} } as const;
    t.equal(nameForUpgrade({ ...socket, key: 'socket:web/1' }), 'web');
    t.equal(nameForUpgrade({ ...socket, key: 'stream 127.0.0.1 25' }), 'portico-stream 127.0.0.1 25');
  });
});

t.test('an address as status shows it', async (t) => {
  const at = (address: string, family: 'IPv4' | 'IPv6' | 'unix', transport: HeldSocket['transport'] = 'stream') => ({
    key: '',
    transport,
    local: { address, port: 0, family },
    fd: null,
    close() {},
  });
  t.equal(listenerAddress(listenPlan('tls://*:0'), at('0.0.0.0', 'IPv4'), 2007), 'tls://0.0.0.0:2007');
  t.equal(listenerAddress(listenPlan('udp://[::1]:0'), at('::1', 'IPv6', 'datagram'), 69), 'udp://[::1]:69');
  t.equal(listenerAddress(listenPlan('unix:/run/s'), at('/run/s', 'unix'), 0), 'unix:/run/s');
  t.equal(listenerAddress(listenPlan('socket:web'), at('127.0.0.1', 'IPv4'), 80), 'tcp://127.0.0.1:80');
  t.equal(listenerAddress(listenPlan('socket:log'), at('127.0.0.1', 'IPv4', 'datagram'), 514), 'udp://127.0.0.1:514');
});

t.test('what a plan holds is kept elsewhere too, until a plan no longer wants it', withLibc, async (t) => {
  const stored = new Map<string, number>();
  const keeper = createSocketKeeper({
    keep: (fd, name) => void stored.set(name, fd),
    forget: (name) => void stored.delete(name),
  });
  t.teardown(() => keeper.close());
  const path = join(shortFolder(t), 'socket');
  const first = await keeper.hold([
    wanted('tcp://127.0.0.1:0'),
    wanted('udp://127.0.0.1:0', { index: 1 }),
    wanted(`unix:${path}`, { index: 2 }),
  ]);
  t.same([...stored], [], 'a plan that is not in force yet');
  first.commit();
  t.same(
    [...stored.keys()],
    ['portico-stream 127.0.0.1 0#test/0', 'portico-datagram 127.0.0.1 0#test/1'],
    'a unix socket is its file, which goes with the process',
  );
  t.equal(stored.get('portico-stream 127.0.0.1 0#test/0'), only(first).fd);
  const second = await keeper.hold([wanted('tcp://127.0.0.1:0')]);
  second.commit();
  t.same([...stored.keys()], ['portico-stream 127.0.0.1 0#test/0']);
  keeper.close();
  t.equal(stored.size, 1, 'the end of the process is what it is kept for');
});
