import t from 'tap';

import { sessionEnvironment, socketEnvironment } from '../../../src/services/exec/environment.ts';
import { createFakeSession } from '../../support/fake-session.ts';

const path = process.env['PATH'];

t.test('of a connection over a unix socket', async (t) => {
  const { session } = createFakeSession({
    service: 'hello',
    peer: { address: '', port: 0, family: 'unix' },
    local: { address: '/run/hello.sock', port: 0, family: 'unix' },
  });
  t.same(sessionEnvironment(session), {
    PATH: path,
    PORTICO_SERVICE: 'hello',
    PORTICO_SESSION: session.id,
    PROTO: 'UNIX',
    UNIXLOCALPATH: '/run/hello.sock',
  });
});

t.test('of a connection over IPv6', async (t) => {
  const { session } = createFakeSession({
    service: 'hello',
    peer: { address: '2001:db8::7', port: 40_000, family: 'IPv6' },
    local: { address: '::1', port: 79, family: 'IPv6' },
  });
  t.match(sessionEnvironment(session), {
    PROTO: 'TCP',
    TCPREMOTEIP: '2001:db8::7',
    TCPREMOTEPORT: '40000',
    REMOTE_HOST: '2001:db8::7',
    TCPLOCALIP: '::1',
    TCPLOCALPORT: '79',
  });
});

t.test('of a whole socket', async (t) => {
  const local = { address: '127.0.0.1', port: 69, family: 'IPv4' } as const;
  const common = { PATH: path, PORTICO_SERVICE: 'tftp' };
  t.same(socketEnvironment('tftp', 'datagram', local), {
    ...common,
    PROTO: 'UDP',
    UDPLOCALIP: '127.0.0.1',
    UDPLOCALPORT: '69',
  });
  t.same(socketEnvironment('tftp', 'stream', local), {
    ...common,
    PROTO: 'TCP',
    TCPLOCALIP: '127.0.0.1',
    TCPLOCALPORT: '69',
  });
  t.same(socketEnvironment('tftp', 'stream', { address: '/run/x', port: 0, family: 'unix' }), {
    ...common,
    PROTO: 'UNIX',
    UNIXLOCALPATH: '/run/x',
  });
});

t.test('has a PATH also where the daemon has none', async (t) => {
  delete process.env['PATH'];
  t.teardown(() => {
    process.env['PATH'] = path;
  });
  const { session } = createFakeSession();
  t.equal(sessionEnvironment(session)['PATH'], '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
});
