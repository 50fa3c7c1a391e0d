import t from 'tap';

import { connectReason } from '../../src/deliveries/tls-reason.ts';

const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

t.test('what mends a certificate here, and not in Node.js', async (t) => {
  const advice = ": name the file of its authority in the delivery's ca";
  for (const [code, what] of [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown issuer'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown issuer'],
  ] as const)
    t.equal(
      connectReason(failure(code, 'x; if the root CA is installed locally, try running Node.js with --use-system-ca')),
      `the server's certificate is not trusted (${what})${advice}`,
    );
});

t.test('all else is what it is', async (t) => {
  t.equal(connectReason(failure('CERT_HAS_EXPIRED', 'certificate has expired')), 'certificate has expired');
  t.equal(connectReason(new Error('connect ECONNREFUSED 127.0.0.1:1')), 'connect ECONNREFUSED 127.0.0.1:1');
  t.equal(connectReason('lost'), 'lost');
});
