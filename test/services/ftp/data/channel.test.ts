import t from 'tap';

import type { DataConnection, DataPort, PortRange } from '../../../../src/contract/data-connection.ts';
import type { Endpoint } from '../../../../src/contract/endpoint.ts';
import { PeerError } from '../../../../src/contract/errors.ts';
import {
  createDataChannel,
  type DataChannel,
  type DataChannelOptions,
} from '../../../../src/services/ftp/data/index.ts';
import { createFakeSession } from '../../../support/fake-session.ts';

const never = new AbortController().signal;

interface Stage {
  readonly channel: DataChannel;
  /** What the house was asked for, in order. */
  readonly asked: string[];
}

function stage(
  options: Partial<DataChannelOptions> & { peer?: Endpoint; local?: Endpoint; fails?: Error } = {},
): Stage {
  const asked: string[] = [];
  const { fails, peer, local, ...more } = options;
  const { session } = createFakeSession({ ...(peer && { peer }), ...(local && { local }) });
  const connection = (name: string): DataConnection =>
    ({
      async startTls({ mustResume }: { mustResume: boolean }) {
        asked.push(`${name} tls${mustResume ? ' resumed' : ''}`);
        if (fails !== undefined) throw fails;
      },
      async [Symbol.asyncDispose]() {
        asked.push(`${name} gone`);
      },
    }) as unknown as DataConnection;
  let count = 0;
  const channel = createDataChannel({
    session,
    options: {
      ports: null,
      publicAddresses: { ready: async () => {}, tell: () => '203.0.113.7' },
      connectTimeoutMs: 5_000,
      mustResume: false,
      ...more,
    },
    context: {
      async openDataPort(_session, ports: PortRange | null): Promise<DataPort> {
        const name = `port ${++count}`;
        asked.push(ports === null ? name : `${name} of ${ports.first}-${ports.last}`);
        let isClosed = false;
        return {
          local: { address: '192.0.2.1', port: 50_000 + count, family: 'IPv4' },
          async accept({ timeoutMs, signal }) {
            signal.throwIfAborted();
            asked.push(`${name} accept ${timeoutMs}`);
            return connection(name);
          },
          [Symbol.dispose]() {
            if (!isClosed) asked.push(`${name} closed`);
            isClosed = true;
          },
        };
      },
      async connectData(_session, port, timeoutMs) {
        asked.push(`connect ${port} ${timeoutMs}`);
        return connection(`to ${port}`);
      },
    },
  });
  return { channel, asked };
}

const v6: Endpoint = { address: '2001:db8::1', port: 2121, family: 'IPv6' };

t.test('PASV tells the public address, EPSV the port alone', async (t) => {
  const { channel, asked } = stage({ ports: { first: 50_000, last: 50_100 } });
  t.equal(channel.isReady, false);
  t.same(await channel.passive('PASV', null), { host: '203.0.113.7', port: 50_001 });
  t.equal(channel.isReady, true);
  t.match(await channel.passive('EPSV', 'IPv4'), { port: 50_002 });
  await channel.open(never);
  t.equal(channel.isReady, false, 'it was for one connection');
  t.same(asked, [
    'port 1 of 50000-50100',
    'port 1 closed',
    'port 2 of 50000-50100',
    'port 2 accept 5000',
    'port 2 closed',
  ]);
});

t.test('PORT connects to the peer, and takes the place of a port that waits', async (t) => {
  const { channel, asked } = stage();
  await channel.passive('EPSV', null);
  channel.active({ host: '127.0.0.1', port: 40_001 });
  await channel.open(never);
  t.same(asked, ['port 1', 'port 1 closed', 'connect 40001 5000']);
});

t.test('no transfer without an agreement', async (t) => {
  const { channel } = stage();
  await t.rejects(channel.open(never), new PeerError('there is no data connection: use EPSV or PASV first'));
  await channel.passive('EPSV', null);
  channel[Symbol.dispose]();
  t.equal(channel.isReady, false);
});

t.test('where PORT may not lead', async (t) => {
  const table: readonly [host: string, port: number, allowed: boolean][] = [
    ['127.0.0.1', 1024, true],
    ['127.0.0.1', 65_535, true],
    ['::ffff:127.0.0.1', 2000, true],
    ['127.0.0.1', 1023, false],
    ['127.0.0.1', 0, false],
    ['127.0.0.1', 65_536, false],
    ['127.0.0.2', 2000, false],
    ['::1', 2000, false],
  ];
  for (const [host, port, allowed] of table) {
    const { channel } = stage();
    if (allowed) t.doesNotThrow(() => channel.active({ host, port }), `${host} ${port}`);
    else t.throws(() => channel.active({ host, port }), { name: 'PeerError' }, `${host} ${port}`);
    t.equal(channel.isReady, allowed);
  }
});

t.test('an IPv6 address is one, however it is written', async (t) => {
  const { channel } = stage({ peer: v6, local: v6 });
  channel.active({ host: '2001:0DB8:0:0::0001', port: 2000 });
  t.equal(channel.isReady, true);
});

t.test('over IPv6 there is no PASV', async (t) => {
  const { channel } = stage({ peer: v6, local: v6 });
  t.equal(channel.family, 'IPv6');
  await t.rejects(channel.passive('PASV', null), new PeerError('PASV has no room for an IPv6 address, use EPSV'));
  await t.rejects(channel.passive('EPSV', 'IPv4'), new PeerError('data connections are made over IPv6 here'));
  t.match(await channel.passive('EPSV', 'IPv6'), { port: 50_001 });
});

t.test('after EPSV ALL there is nothing else', async (t) => {
  const { channel } = stage();
  channel.epsvAll();
  t.equal(channel.isEpsvAll, true);
  await t.rejects(channel.passive('PASV', null), { name: 'PeerError' });
  t.throws(() => channel.active({ host: '127.0.0.1', port: 2000 }), { name: 'PeerError' });
  await channel.passive('EPSV', null);
  channel.reset();
  t.equal(channel.isReady, false);
  await channel.passive('PASV', null);
});

t.test('PROT P: TLS, on a session of the peer where that is asked for', async (t) => {
  const { channel, asked } = stage({ mustResume: true });
  channel.protect(true);
  t.equal(channel.isProtected, true);
  channel.active({ host: '127.0.0.1', port: 2000 });
  await channel.open(never);
  t.same(asked, ['connect 2000 5000', 'to 2000 tls resumed']);
  channel.reset();
  t.equal(channel.isProtected, false);
});

t.test('a connection whose TLS fails is not left open', async (t) => {
  const { channel, asked } = stage({ fails: new PeerError('TLS handshake failed') });
  channel.protect(true);
  await channel.passive('EPSV', null);
  await t.rejects(channel.open(never), new PeerError('TLS handshake failed'));
  t.same(asked, ['port 1', 'port 1 accept 5000', 'port 1 closed', 'port 1 tls', 'port 1 gone']);
});

t.test('a signal ends the waiting, and the port goes', async (t) => {
  const { channel, asked } = stage();
  await channel.passive('EPSV', null);
  t.equal(await channel.open(AbortSignal.abort('kick')).catch((reason: unknown) => reason), 'kick');
  t.same(asked, ['port 1', 'port 1 closed']);
});
