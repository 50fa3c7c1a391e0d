import { randomBytes } from 'node:crypto';

import t, { type Test } from 'tap';

import type { TlsInfo } from '../../src/contract/session.ts';
import { describeTls } from '../../src/listeners/tls.ts';
import { tlsPem } from '../listeners/tls-pem.ts';
import { acceptorOf, setUp, type Stage } from '../listeners/tls-stage.ts';
import { needProgram, runPeer } from '../support/peers.ts';

const common = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
def dial(port, session=None):
    plain = socket.create_connection(("127.0.0.1", int(port)))
    return context.wrap_socket(plain, server_hostname="good.example", session=session)
`;

// As ftplib's users do it: data connections go on with the session of the control connection, which stays open meanwhile.
const ftps = `${common}
context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[3]]
control = dial(sys.argv[1])
print(control.recv(100).decode())
for _ in range(3):
    data = dial(sys.argv[2], control.session)
    print(data.session_reused, data.recv(100).decode())
    data.unwrap().close()
control.sendall(b"QUIT")
print(control.recv(100).decode())
`;

const old = `${common}
import warnings
warnings.simplefilter("ignore")
context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[2]]
context.set_ciphers("ALL:@SECLEVEL=0")
try:
    connection = dial(sys.argv[1])
    print(connection.version(), connection.cipher()[0], connection.recv(100).decode())
except ssl.SSLError as error:
    print(error.reason)
`;

/** Says a word to everybody, and answers what comes. */
async function greet({ secured }: Stage, count: number): Promise<readonly TlsInfo[]> {
  const infos: TlsInfo[] = [];
  while (infos.length < count) {
    const socket = await secured();
    infos.push(describeTls(socket));
    socket.write('hello');
    socket.once('data', () => socket.end('bye'));
    socket.once('end', () => socket.end());
  }
  return infos;
}

async function runScript(t: Test, python: string, script: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runPeer(t, [python, '-c', script, ...args]);
  return stdout + stderr;
}

t.test('python goes on with the session of one port at another, as FTPS does', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  for (const version of ['TLSv1_2', 'TLSv1_3']) {
    const ticketKeys = randomBytes(48);
    const control = await setUp(t, acceptorOf({ ticketKeys }));
    const data = await setUp(t, acceptorOf({ ticketKeys }));
    const said = runScript(t, python, ftps, String(control.port), String(data.port), version);
    const infos = (await Promise.all([greet(control, 1), greet(data, 3)])).flat();
    t.equal(await said, 'hello\nTrue hello\nTrue hello\nTrue hello\nbye\n', version);
    t.same(
      infos.map(({ isResumed }) => isResumed),
      [false, true, true, true],
    );
  }
});

t.test('python that knows only what is old', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  for (const [network, version, expected] of [
    ['127.0.0.1', 'TLSv1', 'TLSv1 ECDHE-RSA-AES128-SHA hello\n'],
    ['127.0.0.1', 'TLSv1_1', 'TLSv1.1 ECDHE-RSA-AES128-SHA hello\n'],
    ['127.0.0.2', 'TLSv1', 'TLSV1_ALERT_PROTOCOL_VERSION\n'],
    ['127.0.0.2', 'TLSv1_1', 'TLSV1_ALERT_PROTOCOL_VERSION\n'],
  ] as const) {
    const legacy = { from: [network], minVersion: 'TLSv1' } as const;
    const stage = await setUp(
      t,
      acceptorOf({
        pairs: [{ cert: tlsPem.rsaCert, key: tlsPem.rsaKey }],
        plan: { minVersion: 'TLSv1.2', clientCertificate: 'none', legacy },
      }),
    );
    const said = runScript(t, python, old, String(stage.port), version);
    await greet(stage, 1).catch(() => {});
    t.equal(await said, expected, `${version} from 127.0.0.1, for ${network}`);
  }
});
