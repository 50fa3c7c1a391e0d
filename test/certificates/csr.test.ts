import { createPrivateKey, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createRequest } from '../../src/certificates/csr.ts';
import { maxNames } from '../../src/certificates/names.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';

t.test('openssl verifies a request, and finds its names and its key', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const { der, key } = createRequest(['Example.com', '*.example.com', '10.0.0.1', '::1']);
  const folder = makeFolder(t);
  writeFileSync(join(folder, 'it.csr'), der);
  const options = ['-inform', 'der', '-in', 'it.csr', '-verify', '-noout'];
  const found = await runPeer(t, [openssl, 'req', ...options, '-text', '-pubkey'], { cwd: folder });
  t.equal(found.code, 0);
  t.match(found.stdout + found.stderr, /self-signature verify OK/);
  t.match(found.stdout, /Version: 1 \(0x0\)/);
  t.match(found.stdout, /Subject: ?\n/);
  t.match(found.stdout, /Signature Algorithm: ecdsa-with-SHA256/);
  const names = 'DNS:example.com, DNS:*.example.com, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1';
  t.match(found.stdout, `X509v3 Subject Alternative Name: \n                    ${names}\n`);
  t.ok(found.stdout.includes(createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' })));
});

t.test('each has a key of its own', async (t) => {
  t.not(createRequest(['a.example']).key, createRequest(['a.example']).key);
});

t.test('bad names are told', async (t) => {
  const many = Array.from({ length: maxNames + 1 }, (_, at) => `host${at}.example`);
  for (const names of [[], ['a b'], ['https://a.example'], many])
    t.throws(() => createRequest(names), { name: 'CertificateError', fault: 'name' });
  t.ok(createRequest(many.slice(1)));
});
