import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

import t, { type Test } from 'tap';

import { parseAddress } from '../../../src/contract/options.ts';
import { createAssociations, type AssociationLimits } from '../../../src/services/forward/associations.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { peerAt, sendPacket } from '../../support/fake-packet.ts';

const limits: AssociationLimits = { associations: 2, idleMs: 60_000, waiting: 2, retryMs: 5_000 };

interface Target {
  readonly socket: Socket;
  readonly to: string;
  /** The next datagram and where it came from. */
  receive(): Promise<[string, RemoteInfo]>;
}

async function openTarget(t: Test): Promise<Target> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return {
    socket,
    to: `udp://127.0.0.1:${socket.address().port}`,
    async receive() {
      const [data, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
      return [data.toString(), from];
    },
  };
}

function createStage(t: Test, to: string, special: Partial<AssociationLimits> = {}) {
  const context = createFakeContext();
  const service = createAssociations(parseAddress(to), context, { ...limits, ...special });
  t.teardown(() => service.stop?.());
  return {
    context,
    /** Sends from this port; resolves when an answer comes. */
    ask: (port: number, data: string): Promise<string> =>
      new Promise((resolve) => {
        void sendPacket(service, data, { peer: peerAt(port), onReply: (bytes) => resolve(bytes.toString()) });
      }),
    send: (port: number, data: string) => void sendPacket(service, data, { peer: peerAt(port) }),
  };
}

t.test('brings each peer its own answers', async (t) => {
  const target = await openTarget(t);
  target.socket.on('message', (data, { port }) => target.socket.send(`re: ${String(data)}`, port, '127.0.0.1'));
  const { ask } = createStage(t, target.to);
  t.same(await Promise.all([ask(1001, 'a'), ask(1002, 'b')]), ['re: a', 're: b']);
  t.equal(await ask(1001, 'c'), 're: c');
});

t.test('keeps to one outgoing socket per peer', async (t) => {
  const target = await openTarget(t);
  const { send } = createStage(t, target.to);
  const ports: number[] = [];
  for (const peerPort of [1001, 1001, 1002]) {
    const received = target.receive();
    send(peerPort, 'x');
    ports.push((await received)[1].port);
  }
  t.equal(ports[1], ports[0]);
  t.not(ports[2], ports[0]);
});

t.test('forgets the peer that was silent longest when there are too many', async (t) => {
  const target = await openTarget(t);
  const { send } = createStage(t, target.to);
  const portOf = async (peerPort: number): Promise<number> => {
    const received = target.receive();
    send(peerPort, 'x');
    return (await received)[1].port;
  };
  const [first, second] = [await portOf(1001), await portOf(1002)];
  t.equal(await portOf(1001), first, 'heard again: the other is the oldest now');
  await portOf(1003);
  t.equal(await portOf(1001), first);
  t.not(await portOf(1002), second);
});

t.test('forgets a peer that is silent', async (t) => {
  const target = await openTarget(t);
  const { send } = createStage(t, target.to, { idleMs: 20 });
  const received = target.receive();
  send(1001, 'x');
  const [, from] = await received;
  // Its socket is closed by then: the kernel says so when something is sent there.
  const probe = createSocket('udp4');
  t.teardown(() => probe.close());
  probe.connect(from.port, '127.0.0.1');
  await once(probe, 'connect');
  const refused = once(probe, 'error') as Promise<[NodeJS.ErrnoException]>;
  const knocking = setInterval(() => probe.send('anyone?'), 5);
  await t.rejects(Promise.race([once(probe, 'message'), refused.then(([error]) => Promise.reject(error))]), {
    code: 'ECONNREFUSED',
  });
  clearInterval(knocking);
});

t.test('keeps a few datagrams while the target is looked up', async (t) => {
  const target = await openTarget(t);
  const { send } = createStage(t, target.to);
  const received: string[] = [];
  target.socket.on('message', (data) => received.push(String(data)));
  for (const data of ['one', 'two', 'three']) send(1001, data);
  while (received.length < 2) await once(target.socket, 'message');
  const last = target.receive();
  send(1001, 'four');
  t.equal((await last)[0], 'four');
  t.same(received, ['one', 'two', 'four']);
});

t.test('takes answers from the target only', async (t) => {
  const target = await openTarget(t);
  const { ask } = createStage(t, target.to);
  const answer = ask(1001, 'question');
  const [, from] = await target.receive();
  const stranger = createSocket('udp4');
  t.teardown(() => stranger.close());
  await new Promise((sent) => {
    stranger.send('forged', from.port, '127.0.0.1', sent);
  });
  target.socket.send('true', from.port, '127.0.0.1');
  t.equal(await answer, 'true');
});

t.test('says once that nobody listens there', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  const { context, send } = createStage(t, `udp://127.0.0.1:${port}`);
  send(1001, 'x');
  const { severity, message } = await context.logged(/./);
  t.equal(severity, 'warning');
  t.match(message, /^forwarding datagrams to udp:\/\/127\.0\.0\.1:\d+: \w+ ECONNREFUSED$/);
  send(1001, 'x');
  send(1002, 'x');
  await new Promise(setImmediate);
  t.equal(context.logs.length, 1);
});

t.test('looks again for a target that was not found, after a while', async (t) => {
  const { context, send } = createStage(t, 'udp://nonexistent.invalid:53', { retryMs: 0, waiting: 1 });
  send(1001, 'x');
  t.match(await context.logged(/./), {
    message: /^forwarding datagrams to udp:\/\/nonexistent\.invalid:53: getaddrinfo/,
  });
  send(1001, 'x');
  await new Promise(setImmediate);
  t.pass('and does not mind');
});

t.test('does not answer itself', async (t) => {
  const target = await openTarget(t);
  const { send } = createStage(t, target.to);
  const first = target.receive();
  send(1001, 'round');
  const [, from] = await first;
  const received: string[] = [];
  target.socket.on('message', (data) => received.push(String(data)));
  send(from.port, 'and round');
  const second = target.receive();
  send(1001, 'again');
  await second;
  t.same(received, ['again']);
});
