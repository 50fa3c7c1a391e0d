import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import type { CertificatePair } from '../../src/listeners/tls.ts';
import { tlsPem } from '../listeners/tls-pem.ts';
import { acceptorOf, good, setUp, type Stage } from '../listeners/tls-stage.ts';
import { makeFolder, runPeer, wantProgram } from '../support/peers.ts';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

// What depends on us: versions, ciphers, forward secrecy, order, renegotiation. The rest judges certificates, simulates browsers
// and looks for faults of OpenSSL, which takes minutes.
const sections = ['--protocols', '--std', '--fs', '--server-preference', '--renegotiation', '--fast'] as const;
// No name is looked up, and nothing is asked of anybody but us.
const quiet = ['--quiet', '--color', '0', '--warnings', 'batch', '--nodns', 'none'] as const;

t.test('testssl finds nothing above LOW', async (t) => {
  const testssl = wantProgram(t, 'testssl');
  if (testssl === null) return;
  const judge = async (pair: CertificatePair): Promise<readonly Finding[]> => {
    const report = join(makeFolder(t), 'report.json');
    const stage = await setUp(t, acceptorOf({ pairs: [pair] }));
    void echo(stage);
    await runPeer(t, [testssl, ...quiet, ...sections, '--jsonfile', report, `127.0.0.1:${stage.port}`]);
    return JSON.parse(readFileSync(report, 'utf8')) as readonly Finding[];
  };
  const [ecdsa, rsa] = await Promise.all([judge(good), judge({ cert: tlsPem.rsaCert, key: tlsPem.rsaKey })]);
  for (const findings of [ecdsa, rsa]) {
    t.same(
      findings.filter(({ severity }) => /^(?:MEDIUM|HIGH|CRITICAL|FATAL)$/.test(severity)),
      [],
    );
    const said = new Map(findings.map(({ id, finding }) => [id, finding]));
    t.match(said.get('TLS1_1'), /^not offered/);
    t.match(said.get('TLS1_3'), /^offered/);
    t.match(said.get('cipherlist_STRONG'), /^offered/);
    t.match(said.get('cipher_order'), /^server/);
    t.match(said.get('secure_client_renego'), /^not vulnerable/);
  }
});

async function echo({ secured }: Stage): Promise<never> {
  for (;;) {
    const socket = await secured().catch(() => null);
    socket?.pipe(socket);
  }
}
