import t from 'tap';

import type { Endpoint } from '../../../../src/contract/endpoint.ts';
import { createPublicAddresses, publicAddress } from '../../../../src/services/ftp/data/index.ts';
import type { PublicAddressesOptions } from '../../../../src/services/ftp/data/public-addresses.ts';
import { createFakeLogger, type LogLine } from '../../../support/fake-session.ts';

const at = (address: string): Endpoint => ({ address, port: 21, family: 'IPv4' });

function stage(plan: string | Record<string, string>, lookup?: PublicAddressesOptions['lookup']) {
  const logs: LogLine[] = [];
  const addresses = createPublicAddresses({
    plan: publicAddress().parse(plan),
    log: createFakeLogger(logs),
    ...(lookup && { lookup }),
  });
  const tell = (peer: string, local = '192.168.1.2'): string => addresses.tell({ peer: at(peer), local: at(local) });
  return { addresses, tell, logs };
}

t.test('auto: what the peer has reached', async (t) => {
  const { tell, logs } = stage('auto');
  t.equal(tell('192.168.1.9'), '192.168.1.2');
  t.equal(tell('203.0.113.9', '198.51.100.1'), '198.51.100.1');
  t.same(logs, []);
});

t.test('the closest network tells', async (t) => {
  const { tell } = stage({ default: '203.0.113.7', '192.168.0.0/16': '192.168.1.5', '192.168.7.0/24': 'auto' });
  t.equal(tell('192.168.1.9'), '192.168.1.5');
  t.equal(tell('192.168.7.9'), '192.168.1.2');
  t.equal(tell('198.51.100.9'), '203.0.113.7');
});

t.test('without a rest, all others are told what they have reached', async (t) => {
  const { tell } = stage({ '198.51.100.0/24': '203.0.113.7' });
  t.equal(tell('198.51.100.9'), '203.0.113.7');
  t.equal(tell('10.0.0.1'), '192.168.1.2');
});

t.test('a private address for a peer of the internet is warned of, once', async (t) => {
  const { tell, logs } = stage('auto');
  for (const local of ['10.0.0.1', '172.31.0.1', '100.64.0.1', '169.254.0.1', '127.0.0.1']) tell('203.0.113.9', local);
  t.same(logs, [
    {
      severity: 'warning',
      message: 'PASV tells peers of the internet the private address 10.0.0.1: set public_address',
      fields: { peer: '203.0.113.9' },
    },
  ]);
});

t.test('a host name is looked up at the start', async (t) => {
  const { addresses, tell } = stage('ftp.example.com', async (name) =>
    name === 'ftp.example.com' ? '203.0.113.8' : '',
  );
  t.equal(tell('198.51.100.9', '198.51.100.1'), '198.51.100.1', 'before that, as with auto');
  await addresses.ready();
  t.equal(tell('198.51.100.9'), '203.0.113.8');
});

t.test('a name that is not found is told of, and what was found before stays', async (t) => {
  let isThere = true;
  const { addresses, tell, logs } = stage('ftp.example.com', async () => {
    if (isThere) return '203.0.113.8';
    throw new Error('queryA ENOTFOUND');
  });
  await addresses.ready();
  isThere = false;
  await addresses.ready();
  t.equal(tell('198.51.100.9'), '203.0.113.8');
  t.same(
    logs.map(({ message }) => message),
    ['the public address ftp.example.com is not found: queryA ENOTFOUND'],
  );
});
