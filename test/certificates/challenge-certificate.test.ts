import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';

import t from 'tap';

import { createChallengeCertificate } from '../../src/certificates/challenge-certificate.ts';
import { describeCertificate } from '../../src/certificates/describe-certificate.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';
import { dayMs, noon } from './made.ts';

const digest = hash('sha256', 'token.thumbprint', 'buffer');

t.test('is for the name alone, and signed by itself', async (t) => {
  const { cert, key } = createChallengeCertificate({ name: 'Example.com', digest, now: noon });
  t.ok(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)));
  t.match(describeCertificate(cert), {
    names: ['example.com'],
    isSelfSigned: true,
    notBefore: noon - dayMs,
    notAfter: noon + 7 * dayMs,
  });
});

t.test('holds the digest in its critical extension', async (t) => {
  const { cert } = createChallengeCertificate({ name: 'example.com', digest, now: noon });
  // SEQUENCE { 1.3.6.1.5.5.7.1.31, TRUE, OCTET STRING { OCTET STRING of 32 bytes } }
  const expected = Buffer.concat([Buffer.from('303106082b0601050507011f0101ff04220420', 'hex'), digest]);
  t.ok(new X509Certificate(cert).raw.includes(expected));
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  writeFileSync(join(folder, 'it.pem'), cert);
  const { stdout } = await runPeer(t, [openssl, 'x509', '-in', 'it.pem', '-noout', '-text'], { cwd: folder });
  t.match(stdout, /(?:1\.3\.6\.1\.5\.5\.7\.1\.31|ACME Identifier|acmeIdentifier): critical\n/i);
  t.match(stdout, /X509v3 Subject Alternative Name: \n\s+DNS:example\.com\n/);
});

t.test('an address can be proved too (RFC 8738)', async (t) => {
  t.same(describeCertificate(createChallengeCertificate({ name: '::1', digest, now: noon }).cert).names, ['::1']);
});

t.test('is served to who asks by ALPN', async (t) => {
  const pair = createChallengeCertificate({ name: 'example.com', digest, now: Date.now() });
  const server = tls.createServer({ ...pair, ALPNProtocols: ['acme-tls/1'] }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { servername: 'example.com', ALPNProtocols: ['acme-tls/1'], rejectUnauthorized: false };
  const socket = tls.connect({ port, host: '127.0.0.1', ...asked });
  await once(socket, 'secureConnect');
  t.equal(socket.alpnProtocol, 'acme-tls/1');
  t.equal(socket.getPeerX509Certificate()?.toString(), pair.cert);
  socket.destroy();
});

t.test('what is no digest or no name is refused', async (t) => {
  for (const length of [0, 31, 33])
    t.throws(() => createChallengeCertificate({ name: 'a.example', digest: Buffer.alloc(length), now: noon }), {
      message: `expected a digest of 32 bytes, got ${length}`,
    });
  t.throws(() => createChallengeCertificate({ name: 'a b', digest, now: noon }), {
    name: 'CertificateError',
    fault: 'name',
  });
});
