import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import t, { type Test } from 'tap';

import { checkPorts } from '../../src/doctor/ports.ts';
import { libc } from '../../src/system/libc.ts';
import { listenPlan, servicePlan } from '../support/plans.ts';
import { patient, statusOf, told } from './patient.ts';

function listening(...texts: string[]) {
  return patient({ services: [servicePlan({ name: 'web', listen: texts.map((text) => listenPlan(text)) })] });
}

async function takenPort(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('a port that another has, and who it is', async (t) => {
  const port = await takenPort(t);
  const [finding] = checkPorts(listening(`tcp://127.0.0.1:${port}`));
  t.match(finding, {
    severity: 'error',
    message: new RegExp(
      `^the service web cannot have tcp://127\\.0\\.0\\.1:${port}: .+ \\(pid ${process.pid}\\) has it$`,
    ),
    fix: /^stop .+, or give the service another port$/,
  });
});

t.test('a port of UDP that another has', { skip: libc === null ? 'no node:ffi' : false }, async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const [finding] = checkPorts(listening(`udp://127.0.0.1:${socket.address().port}`));
  t.match(finding, { severity: 'error', message: new RegExp(`\\(pid ${process.pid}\\) has it$`) });
});

t.test('what the daemon itself serves is no trouble', async (t) => {
  const port = await takenPort(t);
  const { plan } = listening(`tcp://127.0.0.1:${port}`);
  const service = { name: 'web', type: 'echo', state: 'up', pool: 'main', listeners: [], error: null } as const;
  const counts = { sessions: { active: 0, total: 0, refused: 0 }, bytes: { in: 0, out: 0 } };
  const status = statusOf({ services: [{ ...service, ...counts }] });
  t.same(told(checkPorts({ plan, status })), ['note: only this machine reaches web']);
});

t.test('an address that this machine does not have', async (t) => {
  t.match(checkPorts(listening('tcp://203.0.113.9:4000'))[0], {
    severity: 'error',
    message: 'the service web cannot have tcp://203.0.113.9:4000: this machine has no such address',
    fix: /or \* for all of them$/,
  });
});

t.test('who reaches it', async (t) => {
  t.match(told(checkPorts(listening('tcp://*:0'))), [/^note: web can be reached at /]);
  t.same(told(checkPorts(listening('unix:/run/web.sock', 'socket:web'))), [], 'not by an address');
});
