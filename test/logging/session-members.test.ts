import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { createSessionMembers } from '../../src/logging/session-members.ts';

const ipv4 = (address: string, port: number): Endpoint => ({ address, port, family: 'IPv4' });
const ipv6 = (address: string, port: number): Endpoint => ({ address, port, family: 'IPv6' });
const unix = (address: string): Endpoint => ({ address, port: 0, family: 'unix' });

t.test('the members are JSON, whatever the service is called', async (t) => {
  const members = createSessionMembers('a"b');
  const session = { id: 'abcdefghijkl', peer: ipv4('192.0.2.1', 5000), local: ipv6('::1', 7) };
  t.equal(members(session), '"service":"a\\"b","session":"abcdefghijkl","peer":"192.0.2.1:5000","local":"[::1]:7"');
  t.same(JSON.parse(`{${members(session)}}`), {
    service: 'a"b',
    session: 'abcdefghijkl',
    peer: '192.0.2.1:5000',
    local: '[::1]:7',
  });
});

t.test('each session has its own ends', async (t) => {
  const members = createSessionMembers('echo');
  const local = ipv4('127.0.0.1', 7);
  const first = members({ id: 'a', peer: ipv4('192.0.2.1', 1), local });
  const second = members({ id: 'b', peer: ipv4('192.0.2.2', 2), local });
  const third = members({ id: 'c', peer: ipv4('192.0.2.3', 3), local: ipv4('127.0.0.2', 7) });
  t.equal(first, '"service":"echo","session":"a","peer":"192.0.2.1:1","local":"127.0.0.1:7"');
  t.equal(second, '"service":"echo","session":"b","peer":"192.0.2.2:2","local":"127.0.0.1:7"');
  t.equal(third, '"service":"echo","session":"c","peer":"192.0.2.3:3","local":"127.0.0.2:7"');
});

t.test('an end that may hold anything is left to others', async (t) => {
  const plain = ipv4('127.0.0.1', 7);
  for (const odd of [unix('/run/a"b\n'), unix(''), ipv6('fe80::1%eth"0', 7)]) {
    t.equal(createSessionMembers('echo')({ id: 'a', peer: odd, local: plain }), null);
    t.equal(createSessionMembers('echo')({ id: 'a', peer: plain, local: odd }), null);
  }
});
