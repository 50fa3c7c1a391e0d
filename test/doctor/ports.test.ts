import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

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
    fix: 'stop it, or give the service another port',
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

t.test('what the daemon holds for a service that has failed is its own', async (t) => {
  const port = await takenPort(t);
  const { plan } = listening(`tcp://127.0.0.1:${port}`);
  const service = { name: 'web', type: 'echo', state: 'failed', pool: 'main', listeners: [], error: 'broken' } as const;
  const counts = { sessions: { active: 0, total: 0, refused: 0 }, bytes: { in: 0, out: 0 } };
  const services = [{ ...service, ...counts }];
  const note = ['note: only this machine reaches web'];
  t.same(told(checkPorts({ plan, status: statusOf({ services, pid: process.pid }) })), note);
  const worker = { pool: 'main', pid: process.pid, generation: 1, sessions: 0, rss: 0, restarts: 0 } as never;
  t.same(told(checkPorts({ plan, status: statusOf({ services, workers: [worker] }) })), note);
  t.match(told(checkPorts({ plan, status: statusOf({ services }) })), [/ has it$/, /^note/]);
});

t.test('another Portico is called so', async (t) => {
  const folder = t.testdir({
    'portico.js': `import('node:net').then(({ createServer }) => {
      const server = createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
    });`,
  });
  const child = spawn(process.execPath, [join(folder, 'portico.js'), 'run'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill());
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const [finding] = checkPorts(listening(`tcp://127.0.0.1:${String(port).trim()}`));
  t.match(finding?.message, new RegExp(`: another Portico \\(pid ${child.pid}, .+\\) has it$`));
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
