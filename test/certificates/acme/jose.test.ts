import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';

import t from 'tap';

import { base64url, createAccountKey, jwkOf, signRequest, thumbprintOf } from '../../../src/certificates/acme/jose.ts';

// The key of RFC 7515 A.3.
const d = 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI';
const x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU';
const y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0';
const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });

const decode = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());

t.test('a key shows its public half only', async (t) => {
  t.same(jwkOf(key), { crv: 'P-256', kty: 'EC', x, y });
  t.same(jwkOf(createPublicKey(key)), { crv: 'P-256', kty: 'EC', x, y });
});

t.test('a thumbprint', async (t) => {
  // printf '{"crv":"P-256","kty":"EC","x":"…","y":"…"}' | openssl dgst -sha256 -binary | basenc --base64url
  t.equal(thumbprintOf(key), 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U');
});

t.test('other keys are refused', async (t) => {
  t.throws(() => jwkOf(generateKeyPairSync('ed25519').privateKey), { message: 'not a P-256 key' });
  t.throws(() => jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey), { message: 'not a P-256 key' });
});

t.test('a request of a key that is not known yet', async (t) => {
  const {
    protected: head,
    payload,
    signature,
  } = JSON.parse(signRequest({ key, kid: null }, { nonce: 'n1', url: 'https://a.example/new' }, { a: 1 })) as Record<
    'protected' | 'payload' | 'signature',
    string
  >;
  t.same(decode(head), {
    alg: 'ES256',
    jwk: { crv: 'P-256', kty: 'EC', x, y },
    nonce: 'n1',
    url: 'https://a.example/new',
  });
  t.same(decode(payload), { a: 1 });
  const bytes = Buffer.from(signature, 'base64url');
  t.equal(bytes.length, 64);
  const signer = { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' } as const;
  t.ok(verify('sha256', Buffer.from(`${head}.${payload}`), signer, bytes));
});

t.test('a request of an account, with nothing in it', async (t) => {
  const { protected: head, payload } = JSON.parse(
    signRequest({ key, kid: 'https://a.example/account/1' }, { nonce: 'n2', url: 'https://a.example/order/1' }, null),
  ) as Record<string, string>;
  t.same(decode(head ?? ''), {
    alg: 'ES256',
    kid: 'https://a.example/account/1',
    nonce: 'n2',
    url: 'https://a.example/order/1',
  });
  t.equal(payload, '');
});

t.test('an account key is a P-256 key, and each is another one', async (t) => {
  t.not(thumbprintOf(createAccountKey()), thumbprintOf(createAccountKey()));
});

t.test('base64url', async (t) => {
  t.equal(base64url('a?~'), 'YT9-');
  t.equal(base64url(Buffer.from([0xff, 0xef])), '_-8');
});
