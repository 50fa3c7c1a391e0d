import { rmSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeCertificates, makeFolder, needProgram, needPrograms, runPeer, startPeer } from '../support/peers.ts';

t.test('in front of a web server of python3, with TLS that it does not have', async (t) => {
  const programs = needPrograms(t, 'curl', 'openssl', 'python3');
  if (programs === null) return;
  const { curl, openssl, python3 } = programs;
  const folder = makeFolder(t, { 'hello.txt': 'hello\n', 'big.txt': '0123456789abcdef'.repeat(1 << 18) });
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
    listen: [tls://127.0.0.1:0, tcp://127.0.0.1:0]
    to: tcp://localhost:${webPort}
`,
  );
  const [tls, tcp] = [await daemon.port('web', 0), await daemon.port('web', 1)];
  const get = (url: string, ...args: string[]) => runPeer(t, [curl, '-sS', '--cacert', ca, ...args, url]);

  await t.test('curl gets a page over TLS', async (t) => {
    const { stdout, stderr } = await get(`https://localhost:${tls}/hello.txt`, '-4');
    t.equal(stdout, 'hello\n', stderr);
  });
  await t.test('and in the clear', async (t) => {
    t.equal((await get(`http://127.0.0.1:${tcp}/hello.txt`)).stdout, 'hello\n');
  });
  await t.test('four megabytes come whole', async (t) => {
    const { bytes, stderr } = await get(`https://127.0.0.1:${tls}/big.txt`);
    t.equal(bytes.length, 4_194_304, stderr);
    const isWhole = (counts: unknown): boolean => (counts as { out: number }).out > 4_194_304;
    const end = await daemon.line((line) => line.event === 'session.end' && isWhole(line['bytes']));
    t.match(end, { service: 'web', reason: 'end' });
  });
  await t.test('curl does not trust a name that is not in the certificate', async (t) => {
    const { code } = await get(`https://wrong.example:${tls}/`, '--resolve', `wrong.example:${tls}:127.0.0.1`);
    t.equal(code, 60);
  });
});

t.test('to TLS, with and without looking at the certificate', async (t) => {
  const programs = needPrograms(t, 'nc', 'openssl');
  if (programs === null) return;
  const { nc, openssl } = programs;
  const { ca, cert, key, otherCa } = await makeCertificates(t, openssl, makeFolder(t));
  // Sends each line back, its last letter first.
  const server = startPeer(t, [openssl, 's_server', '-accept', '127.0.0.1:0', '-cert', cert, '-key', key, '-rev']);
  const [, port] = await server.says(/ACCEPT \S+:(\d+)/);
  const daemon = await startDaemon(
    t,
    `
services:
  trusting:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tls://127.0.0.1:${port}
    ca: ${ca}
  named:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tls://127.0.0.1:${port}
    ca: ${ca}
    server_name: localhost
  wrong-authority:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tls://127.0.0.1:${port}
    ca: ${otherCa}
  wrong-name:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tls://127.0.0.1:${port}
    ca: ${ca}
    server_name: other.example
  blind:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tls://127.0.0.1:${port}
    verify: false
`,
  );
  for (const service of ['trusting', 'named', 'blind']) {
    await t.test(`${service} passes a line on`, async (t) => {
      const peer = startPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port(service))]);
      peer.write('hello\n');
      t.ok(await peer.says(/^olleh\n$/));
      peer.end();
      t.equal(await peer.ended, 0);
    });
  }
  for (const [service, reason] of [
    ['wrong-authority', /cannot reach tls:\/\/127\.0\.0\.1:\d+: .*(certificate|issuer)/],
    ['wrong-name', /cannot reach tls:\/\/127\.0\.0\.1:\d+: .*other\.example/],
  ] as const) {
    await t.test(`${service} passes nothing on, and says why in the log`, async (t) => {
      const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port(service))], {
        input: 'secret\n',
      });
      t.equal(stdout, '');
      const failed = await daemon.line((line) => line['service'] === service && line['error'] !== undefined);
      t.match(failed, { event: 'service.error', error: reason });
    });
  }
  t.notMatch(server.output(), /secret/);
});

t.test('to a unix socket, and from one', async (t) => {
  const programs = needPrograms(t, 'nc', 'socat');
  if (programs === null) return;
  const { nc, socat } = programs;
  const folder = makeFolder(t);
  const [front, back] = [join(folder, 'front.sock'), join(folder, 'back.sock')];
  const server = startPeer(t, [socat, '-d', '-d', `UNIX-LISTEN:${back},fork,mode=666`, 'EXEC:/bin/cat']);
  await server.says(/listening on/);
  const daemon = await startDaemon(
    t,
    `
services:
  front:
    type: forward
    listen: [tcp://127.0.0.1:0, "unix:${front}"]
    to: unix:${back}
`,
  );
  const port = String(await daemon.port('front'));
  t.equal((await runPeer(t, [nc, '-N', '127.0.0.1', port], { input: 'hello\n' })).stdout, 'hello\n');
  t.equal((await runPeer(t, [nc, '-N', '-U', front], { input: 'hello\n' })).stdout, 'hello\n');

  server.signal('SIGTERM');
  await server.ended;
  rmSync(back, { force: true });
  t.equal((await runPeer(t, [nc, '-N', '127.0.0.1', port], { input: 'hello\n' })).stdout, '');
  t.match(await daemon.line(({ event }) => event === 'service.error'), { error: /cannot reach unix:.*back\.sock: / });
});

t.test('datagrams to a server of python3', async (t) => {
  const programs = needPrograms(t, 'nc', 'python3', 'socat');
  if (programs === null) return;
  const { nc, python3, socat } = programs;
  const script = `
import socketserver
class Shout(socketserver.BaseRequestHandler):
    def handle(self):
        data, own = self.request
        own.sendto(data.upper() + b'%d' % self.client_address[1], self.client_address)
with socketserver.UDPServer(('127.0.0.1', 0), Shout) as server:
    print('port', server.server_address[1], flush=True)
    server.serve_forever()
`;
  const server = startPeer(t, [python3, '-c', script]);
  const [, port] = await server.says(/port (\d+)/);
  const daemon = await startDaemon(
    t,
    `
services:
  shout:
    type: forward
    listen: udp://127.0.0.1:0
    to: udp://127.0.0.1:${port}
`,
  );
  const own = String(await daemon.port('shout'));
  t.match((await runPeer(t, [nc, '-u', '-W', '1', '127.0.0.1', own], { input: 'hello ' })).stdout, /^HELLO \d+$/);
  // Two peers at once have a way of their own each, and keep it.
  const [one, two] = [
    startPeer(t, [socat, '-', `UDP:127.0.0.1:${own}`]),
    startPeer(t, [socat, '-', `UDP:127.0.0.1:${own}`]),
  ];
  one.write('one ');
  two.write('two ');
  const [, portOfOne] = await one.says(/^ONE (\d+)$/);
  const [, portOfTwo] = await two.says(/^TWO (\d+)$/);
  t.not(portOfOne, portOfTwo);
  one.write('again ');
  t.ok(await one.says(new RegExp(`AGAIN ${portOfOne}$`)));
});

t.test('a target that is not there', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const daemon = await startDaemon(
    t,
    `
services:
  nowhere:
    type: forward
    listen: tcp://127.0.0.1:0
    to: tcp://127.0.0.1:1
`,
  );
  const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port('nowhere'))]);
  t.equal(stdout, '');
  t.match(await daemon.line(({ event }) => event === 'service.error'), {
    error: /cannot reach tcp:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
  });
  t.match(await daemon.line(({ event }) => event === 'session.end'), { reason: 'error' });
});
