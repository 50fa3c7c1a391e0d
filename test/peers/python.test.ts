import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';
import { parse } from 'yaml';

import { portico, runPortico, startDaemon } from '../support/daemon.ts';
import { needProgram, needRoot, runPeer } from '../support/peers.ts';

const services = `
services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] }
  discard: { listen: udp://127.0.0.1:0 }
  daytime: { listen: udp://127.0.0.1:0 }
  time: { listen: udp://127.0.0.1:0 }
  chargen: { listen: udp://127.0.0.1:0 }
  qotd: { listen: udp://127.0.0.1:0, quotes: [To be.] }
`;

t.test('sockets of python3', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const daemon = await startDaemon(t, services);
  const run = (script: string, ...args: readonly (string | number)[]) => runScript(t, python, script, args);
  const port = (service: string, listener = 0) => daemon.port(service, listener);

  await t.test('discard says nothing, and is there', async (t) => {
    const script = `
for port in ports:
    sock.sendto(b'anyone?', ('127.0.0.1', port))
print(sock.recvfrom(100)[1][1] == ports[1])
`;
    t.equal(await run(udpClient + script, await port('discard'), await port('echo', 1)), 'True\n');
    const { services: shown } = await daemon.status();
    t.match(shown.find(({ name }) => name === 'discard')?.bytes, { in: 7, out: 0 });
  });
  await t.test('an empty datagram asks for the time, and for nothing that is longer than itself', async (t) => {
    const script = `
for port in ports:
    sock.sendto(b'', ('127.0.0.1', port))
    print(len(sock.recv(1000)))
`;
    const ports = await Promise.all([port('time'), port('daytime'), port('chargen'), port('qotd'), port('echo', 1)]);
    t.equal(await run(udpClient + script, ...ports), '4\n26\n0\n0\n0\n');
  });
  await t.test('a datagram of the greatest size comes back', async (t) => {
    const script = `
sock.sendto(b'x' * 65507, ('127.0.0.1', ports[0]))
print(len(sock.recv(100000)))
`;
    t.equal(await run(udpClient + script, await port('echo', 1)), '65507\n');
  });
  await t.test('two hundred connections at once are all served', async (t) => {
    const script = `
import asyncio, sys
async def talk(number):
    reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]))
    writer.write(b'%d\\n' % number * 1000)
    writer.write_eof()
    answer = await reader.read(-1)
    writer.close()
    return answer == b'%d\\n' % number * 1000
async def main():
    print(sum(await asyncio.gather(*[talk(number) for number in range(200)])))
asyncio.run(main())
`;
    t.equal(await run(script, await port('echo')), '200\n');
  });
  await t.test("a reset is the peer's own affair", async (t) => {
    const script = `
import socket, struct, sys
sock = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
sock.sendall(b'hello')
sock.recv(5)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
sock.close()
`;
    await run(script, await port('echo'));
    const end = await daemon.line(({ event, reason }) => event === 'session.end' && reason !== 'end');
    t.match(end, { service: 'echo', reason: 'error', bytes: { in: 5, out: 5 } });
  });
});

t.test('a socket on the port of a service that answers anything', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null || !needRoot(t, 'to send from port 19')) return;
  const daemon = await startDaemon(t, services);
  const names = ['echo', 'daytime', 'time', 'chargen', 'qotd'];
  const ports = await Promise.all(names.map((name) => daemon.port(name, name === 'echo' ? 1 : 0)));
  // 127.0.0.2: whoever else uses those ports on this machine. The second question is answered after the first was read.
  const script = `
for own in (7, 13, 17, 19, 37):
    reflector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    reflector.bind(('127.0.0.2', own))
    reflector.setblocking(False)
    for port in ports:
        reflector.sendto(b'hello', ('127.0.0.1', port))
        sock.sendto(b'hello', ('127.0.0.1', port))
        sock.recv(1000)
        try:
            print(own, 'got', reflector.recv(1000))
        except BlockingIOError:
            pass
    reflector.close()
print('done')
`;
  t.equal(await runScript(t, python, udpClient + script, ports), 'done\n');
});

t.test('jsonschema and the schema of the configuration', async (t) => {
  const python = findJsonschema();
  if (python === null) {
    t.plan(0, 'not installed: the module jsonschema of python3');
    return;
  }
  const { stdout: schema } = await runPortico(['schema']);
  const sample = readFileSync(join(portico, '../../daemon.config.yaml'), 'utf8');
  const script = `
import json, sys, jsonschema
schema, *documents = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
print(['wrong' if list(validator.iter_errors(document)) else 'right' for document in documents])
`;
  const judge = async (...documents: string[]): Promise<string> => {
    const input = JSON.stringify([JSON.parse(schema), ...documents.map((text) => parse(text) as unknown)]);
    const { code, stdout, stderr } = await runPeer(t, [python, '-c', script], { input });
    return code === 0 ? stdout : stderr;
  };

  t.equal(
    await judge(
      sample,
      'services: { echo: { listen: { address: "tcp://*:7", proxy_protocol: [10.0.0.0/8] }, limits: { idle: 5m, rate: 10/s } } }',
      'services: { cat: { type: exec, listen: "tcp://*:2000", command: [/bin/cat], env: { A: 1 }, tls: { min_version: TLSv1.3 } } }',
      'logging: { outputs: [console, { syslog: "udp://localhost:514", format: rfc3164 }] }\nservices: { echo: { listen: "tcp://*:7" } }',
    ),
    "['right', 'right', 'right', 'right']\n",
  );
  t.equal(
    await judge(
      'services: { echo: { listen: "tcp://*:7", colour: blue } }',
      'services: { cat: { type: exec, listen: "tcp://*:2000" } }',
      'services: { echo: { listen: "tcp://*:7", limits: { idle: soon } } }',
      'services: { echo: { listen: 7 } }',
    ),
    "['wrong', 'wrong', 'wrong', 'wrong']\n",
  );
});

const udpClient = `
import socket, sys
ports = [int(text) for text in sys.argv[1:]]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('127.0.0.1', 0))
`;

async function runScript(t: Test, python: string, script: string, args: readonly (string | number)[]): Promise<string> {
  const { code, stdout, stderr } = await runPeer(t, [python, '-c', script, ...args.map(String)]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The first python3 that has the module. */
function findJsonschema(): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(python, ['-c', 'import jsonschema'], { stdio: 'ignore' });
      return python;
    } catch {
      // Not this one.
    }
  }
  return null;
}
