import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { linesOf, makeCertificates, makeFolder, needPrograms, runPeer, startPeer } from '../support/peers.ts';

t.test('a PROXY header to a receiver in python3', async (t) => {
  const programs = needPrograms(t, 'nc', 'python3');
  if (programs === null) return;
  const { nc, python3 } = programs;
  const receiver = await startReceiver(t, python3);
  const daemon = await startDaemon(
    t,
    `
services:
  none: { type: forward, listen: tcp://127.0.0.1:0, to: "tcp://127.0.0.1:${receiver}" }
  v1: { type: forward, listen: tcp://127.0.0.1:0, to: "tcp://127.0.0.1:${receiver}", send_proxy: v1 }
  v2: { type: forward, listen: tcp://127.0.0.1:0, to: "tcp://127.0.0.1:${receiver}", send_proxy: v2 }
`,
  );
  for (const service of ['v1', 'v2']) {
    await t.test(`${service} names the peer and the address it came to`, async (t) => {
      const port = await daemon.port(service);
      const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', String(port)], { input: 'hello\n' });
      const start = await daemon.line((line) => line.event === 'session.start' && line['service'] === service);
      const peerPort = String(start['peer']).split(':')[1];
      t.equal(stdout, `${service} TCP4 127.0.0.1 127.0.0.1 ${peerPort} ${port} and then hello\n`);
    });
  }
  await t.test('none sends nothing but what the peer sent', async (t) => {
    const port = String(await daemon.port('none'));
    const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', port], { input: 'hello, receiver\nhello\n' });
    t.equal(stdout, 'hello, receiver and then hello\n');
  });
});

t.test('a PROXY header from curl, before HTTP and before TLS', async (t) => {
  const programs = needPrograms(t, 'curl', 'openssl', 'python3');
  if (programs === null) return;
  const { curl, openssl, python3 } = programs;
  const folder = makeFolder(t, { 'hello.txt': 'hello\n' });
  const { ca, cert, key } = await makeCertificates(t, openssl, makeFolder(t));
  const web = startPeer(t, [python3, '-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', folder]);
  const [, webPort] = await web.says(/port (\d+)/);
  const daemon = await startDaemon(
    t,
    `
certificates:
  default: { cert: ${cert}, key: ${key} }
services:
  web:
    type: forward
    listen:
      - { address: "tcp://127.0.0.1:0", proxy_protocol: [127.0.0.0/8] }
      - { address: "tls://127.0.0.1:0", proxy_protocol: [127.0.0.0/8] }
    to: tcp://127.0.0.1:${webPort}
  plain:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tcp://127.0.0.1:${webPort}
`,
  );
  const get = (url: string, ...args: string[]) =>
    runPeer(t, [curl, '-sS', '--cacert', ca, '--write-out', '%{local_port}', ...args, url]);

  await t.test('is taken off', async (t) => {
    const { stdout, stderr } = await get(
      `http://127.0.0.1:${await daemon.port('web')}/hello.txt`,
      '--haproxy-protocol',
    );
    const [text, port] = stdout.split('\n');
    t.equal(text, 'hello', stderr);
    t.match(await daemon.line(({ event }) => event === 'session.start'), { peer: `127.0.0.1:${port}` });
  });
  await t.test('stands before the handshake', async (t) => {
    const url = `https://127.0.0.1:${await daemon.port('web', 1)}/hello.txt`;
    const { stdout, stderr } = await get(url, '--haproxy-protocol');
    t.match(stdout, /^hello\n/, stderr);
  });
  await t.test('has to be there where it is expected', async (t) => {
    const { code } = await get(`http://127.0.0.1:${await daemon.port('web')}/hello.txt`);
    t.not(code, 0);
    t.match(await daemon.line(({ event }) => event === 'session.refused'), { service: 'web', reason: 'access' });
  });
  await t.test('is nothing but text where it is not expected', async (t) => {
    const url = `http://127.0.0.1:${await daemon.port('plain')}/hello.txt`;
    await get(url, '--haproxy-protocol');
    t.ok(await web.says(/"PROXY TCP4 127\.0\.0\.1 .*" 400 -/));
  });
});

t.test('a PROXY header in one segment with what follows', async (t) => {
  const programs = needPrograms(t, 'openssl', 'python3');
  if (programs === null) return;
  const { openssl, python3 } = programs;
  const { ca, cert, key } = await makeCertificates(t, openssl, makeFolder(t));
  const daemon = await startDaemon(
    t,
    `
certificates:
  default: { cert: ${cert}, key: ${key} }
services:
  echo:
    listen:
      - { address: "tcp://127.0.0.1:0", proxy_protocol: [127.0.0.1] }
      - { address: "tls://127.0.0.1:0", proxy_protocol: [127.0.0.1] }
`,
  );
  const header = String.raw`b'PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\r\n'`;

  await t.test('text', async (t) => {
    const script = `
import socket
sock = socket.create_connection(('127.0.0.1', ${await daemon.port('echo')}))
sock.sendall(${header} + b'hello')
sock.shutdown(socket.SHUT_WR)
print(sock.makefile().read())
`;
    t.equal((await runPeer(t, [python3, '-c', script])).stdout, 'hello\n');
  });
  await t.test('a handshake', async (t) => {
    const script = `
import socket, ssl
sock = socket.create_connection(('127.0.0.1', ${await daemon.port('echo', 1)}))
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
secure = ssl.create_default_context(cafile='${ca}').wrap_bio(incoming, outgoing, server_hostname='localhost')
header = ${header}
def wait(action):
    global header
    while True:
        try:
            result = action()
        except ssl.SSLWantReadError:
            result = None
        sock.sendall(header + outgoing.read())
        header = b''
        if result is not None:
            return result
        incoming.write(sock.recv(65536))
wait(lambda: secure.do_handshake() or True)
wait(lambda: secure.write(b'hello'))
print(wait(lambda: secure.read(5)).decode())
`;
    const { stdout, stderr } = await runPeer(t, [python3, '-c', script]);
    t.equal(stdout, 'hello\n', stderr);
  });
  await t.test('both are known by the name in the header', async (t) => {
    t.match(await linesOf(daemon, 'session.start', 2), [{ peer: '192.0.2.7:40000' }, { peer: '192.0.2.7:40000' }]);
  });
});

t.test('a PROXY header from python3 that speaks for others', async (t) => {
  const programs = needPrograms(t, 'python3');
  if (programs === null) return;
  const { python3 } = programs;
  const daemon = await startDaemon(
    t,
    `
services:
  env:
    type: exec
    listen: { address: "tcp://127.0.0.1:0", proxy_protocol: [127.0.0.1] }
    command: [/usr/bin/env]
    access: { deny: [203.0.113.0/24] }
`,
  );
  const port = await daemon.port('env');
  const send = async (header: string): Promise<string> => {
    const script = `
import ipaddress, socket, struct, sys
def v2(source, destination, source_port, destination_port):
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    body = ends + struct.pack('!HH', source_port, destination_port) + b'\\x04\\0\\x02\\0\\0'
    family = 0x21 if ':' in source else 0x11
    return b'\\r\\n\\r\\n\\0\\r\\nQUIT\\n' + struct.pack('!BBH', 0x21, family, len(body)) + body
local = b'\\r\\n\\r\\n\\0\\r\\nQUIT\\n\\x20\\0\\0\\0'
sock = socket.create_connection(('127.0.0.1', ${port}))
sock.sendall(${header})
sys.stdout.write(sock.makefile().read())
`;
    const { stdout, stderr } = await runPeer(t, [python3, '-c', script]);
    return stdout + stderr;
  };
  for (const [header, remote] of [
    [`b'PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\\r\\n'`, ['192.0.2.7', '40000', '198.51.100.1', '25']],
    [`b'PROXY TCP6 2001:db8::7 2001:db8::1 40001 25\\r\\n'`, ['2001:db8::7', '40001', '2001:db8::1', '25']],
    [`v2('192.0.2.8', '198.51.100.1', 40002, 143)`, ['192.0.2.8', '40002', '198.51.100.1', '143']],
    [`v2('2001:db8::8', '2001:db8::1', 40003, 143)`, ['2001:db8::8', '40003', '2001:db8::1', '143']],
  ] as const) {
    await t.test(header, async (t) => {
      const variables = new Map((await send(header)).split('\n').map((line) => line.split('=') as [string, string]));
      t.same(
        ['TCPREMOTEIP', 'TCPREMOTEPORT', 'TCPLOCALIP', 'TCPLOCALPORT'].map((name) => variables.get(name)),
        remote,
      );
    });
  }
  await t.test('for itself: LOCAL and UNKNOWN', async (t) => {
    t.match(await send('local'), /^TCPREMOTEIP=127\.0\.0\.1$/m);
    t.match(await send(`b'PROXY UNKNOWN\\r\\n'`), /^TCPREMOTEIP=127\.0\.0\.1$/m);
  });
  await t.test('for one that is not let in', async (t) => {
    t.equal(await send(`b'PROXY TCP4 203.0.113.9 198.51.100.1 40000 25\\r\\n'`), '');
    t.match(await daemon.line(({ event }) => event === 'session.refused'), {
      reason: 'access',
      peer: '203.0.113.9:40000',
    });
  });
});

/** Writes back what stood in the header, or the first line, and the line after it. */
async function startReceiver(t: Test, python3: string): Promise<string> {
  const script = `
import socket, struct
signature = b'\\r\\n\\r\\n\\0\\r\\nQUIT\\n'
listening = socket.create_server(('127.0.0.1', 0))
print('port', listening.getsockname()[1], flush=True)
while True:
    connection, _ = listening.accept()
    stream = connection.makefile('rwb')
    head = stream.read(12)
    if head == signature:
        command, family, length = struct.unpack('!BBH', stream.read(4))
        body = stream.read(length)
        source, destination, *ports = struct.unpack('!4s4sHH', body[:12])
        ends = [socket.inet_ntoa(source), socket.inet_ntoa(destination), *map(str, ports)]
        said = ['v2', {(0x21, 0x11): 'TCP4'}.get((command, family), '?'), *ends]
    else:
        line = (head + stream.readline()).decode()
        said = line.replace('PROXY', 'v1').split() if line.endswith('\\r\\n') else [line.rstrip()]
    stream.write(' '.join(said).encode() + b' and then ' + stream.readline())
    stream.close()
    connection.close()
`;
  const receiver = startPeer(t, [python3, '-c', script]);
  const [, port = ''] = await receiver.says(/port (\d+)/);
  return port;
}
