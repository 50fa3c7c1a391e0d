import { createPrivateKey } from 'node:crypto';

import t from 'tap';

import { make } from '../certificates/made.ts';
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
    ['c.yaml:1:51: certificates.default.key: "other.key" does not hold the key of the certificate in "good.pem"'],
  ],
  [
    '{ cert: ./old.pem, key: ./old.key }',
    ['c.yaml:1:34: certificates.default.cert: the certificate in "old.pem" expired on 2021-01-01'],
  ],
  [
    '{ cert: ./good.pem, key: ./encrypted.key }',
    [
      'c.yaml:1:51: certificates.default.key: "encrypted.key" holds an encrypted key, and there is no passphrase for it',
    ],
  ],
  ['{ cert: ./good.pem }', ['c.yaml:1:17: certificates.default.key: expected a path, got nothing']],
  [
    '{ selfsigned: [localhost] }',
    ['c.yaml:1:28: certificates.default.selfsigned: unknown key "selfsigned", did you mean "self_signed"?'],
  ],
  [
    '{ cert: ./good.pem, key: ./good.key, self_signed: [localhost] }',
    ['c.yaml:1:26: certificates.default: expected either cert and key, or self_signed, or acme'],
  ],
  [
    '{ self_signed: [*.lab.example] }',
    ['c.yaml:1:42: there is no anchor "&.lab.example" before this: put it in quotes'],
  ],
  ['./good.pem', ['c.yaml:1:26: certificates.default: expected a map with cert and key, self_signed, or acme']],
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
    /^c\.yaml:1:34: certificates\.default\.cert: "text\.pem" holds no certificate in PEM form/,
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

t.test('all that is wrong with both halves is told at once', async (t) => {
  const text = `certificates: { default: { cert: ./text.pem, key: ./text.pem } }\n${service}`;
  t.strictSame(await load(t, { files: { ...files, 'c.yaml': text } }), [
    'c.yaml:1:34: certificates.default.cert: "text.pem" holds no certificate in PEM form',
    'c.yaml:1:51: certificates.default.key: "text.pem" holds no private key in PEM form',
  ]);
});

t.test('an encrypted key needs its passphrase, which is told to nobody', async (t) => {
  const key = createPrivateKey(pem.goodKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'hunter2x',
  });
  const text = `certificates: { default: { cert: ./good.pem, key: ./good.enc, passphrase: "\${file:pass}" } }\n${service}`;
  const given = { ...files, 'good.enc': key, 'c.yaml': text };
  t.match(await load(t, { files: { ...given, pass: 'hunter2x\n' } }), {
    certificates: { default: { kind: 'files', cert: '@/good.pem', key: '@/good.enc', passphrase: 'hunter2x' } },
  });
  t.strictSame(await load(t, { files: { ...given, pass: 'hunter3y\n' } }), [
    'c.yaml:1:75: certificates.default.passphrase: "good.enc" cannot be decrypted: the passphrase is wrong',
  ]);
});

t.test('a pair that is not valid yet is refused here, and not when the daemon starts', async (t) => {
  const { cert, key } = make({
    names: ['late.example'],
    notBefore: Date.UTC(2099, 0, 2),
    notAfter: Date.UTC(2099, 0, 3),
  });
  const text = `certificates: { default: { cert: ./late.pem, key: ./late.key } }\n${service}`;
  t.match(await load(t, { files: { 'c.yaml': text, 'late.pem': cert, 'late.key': key.pem } }), [
    /^c\.yaml:1:34: certificates\.default\.cert: the certificate in "late\.pem" is valid only from 2099-01-02 on/,
  ]);
});

t.test('a command is a program that is there', async (t) => {
  const text = (command: string): string =>
    `certificates: { default: { self_signed: [localhost], command: ${command} } }\n${service}`;
  const tell = async (command: string): Promise<unknown> =>
    await load(t, { files: { 'c.yaml': text(command), 'tool.sh': '#!/bin/sh\n' } });
  t.match(await tell('[sh, -c, ./x]'), { certificates: { default: { command: ['sh', '-c', './x'] } } });
  const place = 'c.yaml:1:64: certificates.default.command[0]: cannot run';
  for (const [command, reason] of [
    ['[./none.sh]', '"none.sh": there is no such file'],
    ['[./tool.sh]', '"tool.sh": it is not executable'],
    ['[no-such-program-anywhere]', '"no-such-program-anywhere": there is no such program in PATH'],
  ] as const)
    t.same(await tell(command), [`${place} ${reason}`]);
});

t.test('of the local authority, and of a public one', async (t) => {
  const text = `certificates:
  default: { self_signed: [LOCALHOST, 127.0.0.1, "::1"] }
  public: { acme: [www.example.com], email: admin@example.com, ca: ./good.pem, challenge: tls-alpn-01, command: [/bin/sh, reload] }
services: { echo: { listen: tls://127.0.0.1:1, tls: { certificate: public } } }
`;
  t.match(await load(t, { files: { ...files, 'c.yaml': text } }), {
    certificates: {
      default: { kind: 'self_signed', names: ['localhost', '127.0.0.1', '::1'], command: [] },
      public: {
        kind: 'acme',
        names: ['www.example.com'],
        email: 'admin@example.com',
        directory: 'https://acme-v02.api.letsencrypt.org/directory',
        ca: '@/good.pem',
        challenge: 'tls-alpn-01',
        listen: { text: 'tcp://*:80' },
        command: ['/bin/sh', 'reload'],
      },
    },
  });
});

for (const [certificate, expected] of [
  [
    '{ self_signed: [localhost], cert: ./good.pem }',
    'c.yaml:1:26: certificates.default: expected either cert and key, or self_signed, or acme',
  ],
  ['{ self_signed: [] }', 'c.yaml:1:41: certificates.default.self_signed: expected at least 1 item, got 0'],
  [
    '{ self_signed: localhost }',
    'c.yaml:1:41: certificates.default.self_signed: expected a list, got "localhost": a list of one is [localhost]',
  ],
  [
    '{ self_signed: [127.0.0.1, "a b"] }',
    'c.yaml:1:53: certificates.default.self_signed[1]: expected a host name or an address, got "a b"',
  ],
  [
    '{ self_signed: [localhost], acme: [a.example] }',
    'c.yaml:1:26: certificates.default: expected either cert and key, or self_signed, or acme',
  ],
  [
    '{ acme: [localhost] }',
    'c.yaml:1:35: certificates.default.acme[0]: expected a public host name such as "www.example.com", got "localhost"',
  ],
  [
    '{ acme: [a.example], ca: ./none.pem }',
    'c.yaml:1:51: certificates.default.ca: cannot read "none.pem": there is no such file',
  ],
  [
    '{ acme: [a.example], ca: ./text.pem }',
    'c.yaml:1:51: certificates.default.ca: "text.pem" holds no certificate in PEM form',
  ],
  [
    '{ acme: [a.example], emial: a@b }',
    'c.yaml:1:47: certificates.default.emial: unknown key "emial", did you mean "email"?',
  ],
] as const) {
  t.test(`tells of ${certificate}`, async (t) => {
    const text = `certificates: { default: ${certificate} }\n${service}`;
    t.strictSame(await load(t, { files: { ...files, 'c.yaml': text } }), [expected]);
  });
}

t.test('names become those of files', async (t) => {
  const text = `certificates: { "../x": { self_signed: [localhost] } }\nservices: { echo: { listen: tcp://127.0.0.1:1 } }\n`;
  t.match(await load(t, { files: { 'c.yaml': text } }), [
    /^c\.yaml:1:17: certificates\.\.\.\/x: expected a name of at most 64/,
  ]);
});
