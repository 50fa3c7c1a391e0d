import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';

import t, { type Test } from 'tap';

import type { AddressPlan, OutputPlan } from '../../src/contract/plan.ts';
import { createOutput, type Output } from '../../src/logging/outputs.ts';
import type { LogRecord } from '../../src/logging/record.ts';

const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

const record: LogRecord = {
  time: new Date(2026, 1, 3, 4, 5, 6, 7).toISOString(),
  severity: 'notice',
  event: 'service.up',
  message: 'service is up',
  pid: '42',
  fields: [['service', 'echo']],
};
const rfc5424 = `<29>1 ${record.time} gate portico 42 service.up [portico@32473 service="echo"] service is up`;

function make(t: Test, plan: OutputPlan, facility = 'daemon'): Output {
  const output = createOutput(plan, {
    appName: 'portico',
    hostname: 'gate',
    facility,
    files: {},
    failed: (name, error) => t.comment(name, error.message),
    lost: () => {},
    tuning: { lingerMs: 0 },
  });
  t.teardown(() => output.close());
  return output;
}

function syslog(
  kind: AddressPlan['kind'],
  target: number | string,
  format: 'rfc5424' | 'rfc3164' = 'rfc5424',
): OutputPlan {
  const isPath = typeof target === 'string';
  const address = {
    kind,
    text: isPath ? `unix:${target}` : `${kind}://127.0.0.1:${target}`,
    host: isPath ? '' : '127.0.0.1',
    port: isPath ? 0 : target,
    path: isPath ? target : '',
    name: '',
  };
  return { kind: 'syslog', address, format, ca: null };
}

t.test('syslog over UDP: one datagram, nothing around it', async (t) => {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const output = make(t, syslog('udp', socket.address().port));
  t.equal(output.name, `udp://127.0.0.1:${socket.address().port}`);
  output.sink.write(output.render!(record));
  const [message] = (await once(socket, 'message')) as [Buffer];
  t.equal(message.toString(), rfc5424);
});

t.test('syslog over TCP: counted octets', async (t) => {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const output = make(t, syslog('tcp', (server.address() as AddressInfo).port));
  output.sink.write(output.render!(record));
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  t.equal(chunk.toString(), `${rfc5424.length} ${rfc5424}`);
  socket.destroy();
});

t.test('the older form: a host over the network, none to the log socket', async (t) => {
  const text = 'portico[42]: service is up event=service.up service=echo';
  t.equal(make(t, syslog('udp', 9, 'rfc3164')).render!(record), `<29>Feb  3 04:05:06 gate ${text}`);
  t.equal(make(t, syslog('unix', '/nowhere/log', 'rfc3164')).render!(record), `<29>Feb  3 04:05:06 ${text}`);
});

t.test('a log socket that is a stream', async (t) => {
  const file = path.join(t.testdir({}), 'log');
  const server = net.createServer();
  await once(server.listen(file), 'listening');
  t.teardown(() => server.close());
  const output = make(t, syslog('unix', file));
  t.equal(output.name, `unix:${file}`);
  output.sink.write(output.render!(record));
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  t.equal(chunk.toString(), `${rfc5424}\n`);
  socket.destroy();
});

t.test('how long a message may be', async (t) => {
  const long = { ...record, message: 'x'.repeat(100_000) };
  const lengthOf = (plan: OutputPlan): number => make(t, plan).render!(long).length;
  t.equal(lengthOf(syslog('udp', 9)), 8192);
  t.equal(lengthOf(syslog('udp', 9, 'rfc3164')), 1024);
  t.equal(lengthOf(syslog('unix', '/nowhere/log', 'rfc3164')), 8192);
  t.equal(lengthOf(syslog('tcp', 9)), 65_536 + '65536 '.length);
});

t.test('the facility', async (t) => {
  t.match(make(t, syslog('udp', 9), 'local7').render!(record), /^<189>1 /);
});

t.test('the console', async (t) => {
  const render = (format: 'pretty' | 'json' | 'syslog'): string | undefined =>
    make(t, { kind: 'console', format }).render?.(record);
  t.equal(render('json'), undefined);
  t.equal(render('syslog'), '<5>service is up event=service.up service=echo\n');
  t.match(render('pretty'), /service\.up.* service is up/);
});

t.test('a file', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  t.equal(make(t, { kind: 'file', path: file, format: 'json' }).render, null);
  t.equal(make(t, { kind: 'file', path: file, format: 'rfc5424' }).render!(record), `${rfc5424}\n`);
});
