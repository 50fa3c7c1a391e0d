import t from 'tap';

import { load } from './harness.ts';
import { pem } from './pem.ts';

const files = {
  'good.pem': pem.goodCert,
  'good.key': pem.goodKey,
  'other.key': pem.otherKey,
  'old.pem': pem.oldCert,
  'old.key': pem.oldKey,
  'encrypted.key': pem.encryptedKey,
  'chain.pem': pem.goodCert + pem.otherCert,
  'text.pem': 'hello\n',
};
const service = 'services: { echo: { listen: tls://127.0.0.1:1 } }\n';

t.test('a pair that fits is part of the plan, a chain of certificates too', async (t) => {
  const text = `certificates:\n  default: { cert: ./good.pem, key: ./good.key }\n  chain: { cert: chain.pem, key: good.key }\n${service}`;
  t.match(await load(t, { files: { ...files, 'c.yaml': text } }), {
    certificates: {
      default: { cert: '@/good.pem', key: '@/good.key' },
      chain: { cert: '@/chain.pem', key: '@/good.key' },
    },
  });
});

for (const [pair, expected] of [
  [
    '{ cert: ./none.pem, key: ./good.key }',
    ['c.yaml:1:34: certificates.default.cert: cannot read "none.pem": there is no such file'],
  ],
  ['{ cert: ./good.pem, key: . }', ['c.yaml:1:51: certificates.default.key: cannot read "@": it is a folder']],
  [
    '{ cert: ./good.pem, key: ./other.key }',
    ['c.yaml:1:51: certificates.default.key: the key in "other.key" is not that of the certificate'],
  ],
  [
    '{ cert: ./old.pem, key: ./old.key }',
    ['c.yaml:1:34: certificates.default.cert: the certificate in "old.pem" expired on 2021-01-01'],
  ],
  [
    '{ cert: ./good.pem, key: ./encrypted.key }',
    [
      'c.yaml:1:51: certificates.default.key: "encrypted.key" holds an encrypted key, expected one without a passphrase',
    ],
  ],
  ['{ cert: ./good.pem }', ['c.yaml:1:17: certificates.default.key: expected a path, got nothing']],
  ['./good.pem', ['c.yaml:1:26: certificates.default: expected a map, got a text']],
  [
    '{ cert: ./good.pem, key: ./good.key, keys: 1 }',
    ['c.yaml:1:63: certificates.default.keys: unknown key "keys", did you mean "key"?'],
  ],
] as const) {
  t.test(`tells of ${pair}`, async (t) => {
    const text = `certificates: { default: ${pair} }\n${service}`;
    t.strictSame(await load(t, { files: { ...files, 'c.yaml': text } }), expected);
  });
}

t.test('a file that is no certificate', async (t) => {
  const text = `certificates: { default: { cert: ./text.pem, key: ./good.key } }\n${service}`;
  t.match(await load(t, { files: { ...files, 'c.yaml': text } }), [
    /^c\.yaml:1:34: certificates\.default\.cert: "text\.pem" is not a PEM file of that kind/,
  ]);
});

for (const [section, expected] of [
  ['certificates:', 'c.yaml:1:1: certificates: expected a map of certificates, got nothing'],
  ['certificates: []', 'c.yaml:1:15: certificates: expected a map of certificates'],
] as const) {
  t.test(`tells of ${section}`, async (t) => {
    t.match(await load(t, { files: { 'c.yaml': `${section}\nservices: { echo: { listen: tcp://127.0.0.1:1 } }\n` } }), [
      expected,
    ]);
  });
}
