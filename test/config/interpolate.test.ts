import t from 'tap';

import { interpolate } from '../../src/config/interpolate.ts';
import { load } from './harness.ts';

const env = { NAME: 'value', EMPTY: '', BRACES: '${NAME}' };
const form = 'expected "${NAME}", "${NAME:-fallback}" or "${file:PATH}", got';
const escape = '"$${" stands for "${" itself';

for (const [text, expected, isSecret, failures] of [
  ['${NAME}', 'value', true, []],
  ['a-${NAME}-${NAME}-b', 'a-value-value-b', true, []],
  ['${EMPTY}', '', true, []],
  ['${NAME:-other}', 'value', true, []],
  ['${EMPTY:-other}', 'other', false, []],
  ['${UNSET:-}', '', false, []],
  ['${UNSET:-tcp://[::1]:80, x # y}', 'tcp://[::1]:80, x # y', false, []],
  ['$${NAME}', '${NAME}', false, []],
  ['$$${NAME}', '$${NAME}', false, []],
  ['${BRACES}', '${NAME}', true, []],
  ['${UNSET}', '', false, ['the environment variable UNSET is not set']],
  ['${A} ${B}', ' ', false, ['the environment variable A is not set', 'the environment variable B is not set']],
  ['${toString}', '', false, ['the environment variable toString is not set']],
  ['${}', '', false, [`${form} "\${}"; ${escape}`]],
  ['${1A}', '', false, [`${form} "\${1A}"; ${escape}`]],
  ['${NAME:=x}', '', false, [`${form} "\${NAME:=x}"; ${escape}`]],
  ['${A:-${NAME}}', '}', false, [`${form} "\${A:-\${NAME}"; ${escape}`]],
  ['${NAME', '', false, [`expected a "}" after "\${"; ${escape}`]],
  ['${file:}', '', false, ['cannot read "": there is no path']],
] as const) {
  t.test(`${text} is ${JSON.stringify(expected)}`, async (t) => {
    t.strictSame(interpolate(text, { env: Object.assign(Object.create(null), env), folder: '/' }), {
      text: expected,
      isSecret,
      failures,
    });
  });
}

for (const text of ['plain', '$NAME', '$(NAME)', '$argon2id$v=19$', '{NAME}']) {
  t.test(`nothing is replaced in ${text}`, async (t) => t.equal(interpolate(text, { env, folder: '/' }), null));
}

t.test('contents of files, without the last newline', async (t) => {
  const folder = t.testdir({
    'one.txt': 'secret\n',
    'two.txt': 'a\n\n',
    'crlf.txt': 'b\r\n',
    'bare.txt': 'c',
    'bytes.txt': Buffer.from([0xff]),
    'zero.txt': 'a\0b',
    'most.txt': 'm'.repeat(1024 ** 2),
    'more.txt': 'm'.repeat(1024 ** 2 + 1),
    sub: {},
  });
  const read = (path: string): unknown => {
    const result = interpolate(`\${file:${path}}`, { env, folder });
    return result === null || result.failures.length === 0 ? result?.text : result.failures[0];
  };
  t.equal(read('one.txt'), 'secret');
  t.equal(read(`${folder}/one.txt`), 'secret');
  t.equal(read('sub/../two.txt'), 'a\n');
  t.equal(read('crlf.txt'), 'b');
  t.equal(read('bare.txt'), 'c');
  t.equal((read('most.txt') as string).length, 1024 ** 2);
  t.equal(read('more.txt'), 'cannot read "more.txt": the file is larger than 1MB');
  t.equal(read('none.txt'), 'cannot read "none.txt": there is no such file');
  t.equal(read('sub'), 'cannot read "sub": it is a folder');
  t.equal(read('bytes.txt'), 'cannot read "bytes.txt": the file is not UTF-8 text');
  t.equal(read('zero.txt'), 'cannot read "zero.txt": the file contains the control character U+0000');
  t.equal(read('/dev/zero'), 'cannot read "/dev/zero": it is not a regular file');
});

const head = 'services:\n  mail:\n    listen: tcp://127.0.0.1:2525\n';

t.test(
  'plain scalars become numbers and truths, quoted ones stay text; a text that is wanted stays as it was',
  async (t) => {
    const text = `${head}    enabled: \${ON}
    isolate: '\${ON}'
    limits: { connections: \${COUNT} }
    password: \${DIGITS}
    limit: \${COUNT}
    max_size: \${SIZE:-2MB}
    recipients: [\${COUNT}, "\${COUNT}", \${WHO:-a, b}]
`;
    t.strictSame(await load(t, { files: { 'c.yaml': text }, env: { ON: 'true', COUNT: '7', DIGITS: '0123' } }), [
      'c.yaml:5:14: services.mail.isolate: expected true or false, got "…"',
    ]);
    const right = text.replace("    isolate: '${ON}'\n", '');
    t.match(await load(t, { files: { 'c.yaml': right }, env: { ON: 'true', COUNT: '7', DIGITS: '0123' } }), {
      services: [
        {
          enabled: true,
          limits: { connections: 7 },
          options: { password: '0123', limit: 7, max_size: '2MB', recipients: ['7', '7', 'a, b'] },
        },
      ],
    });
  },
);

t.test('what came from the environment or a file stands in no message', async (t) => {
  const text = `daemon: { name: "\${SECRET}", user: \${SECRET}, state: "\${UNSET}" }
certificates: { default: { cert: "./\${SECRET}", key: ./key.pem } }
services:
  mail:
    listen: [tcp://127.0.0.1:\${SECRET}, { address: "tcp://127.0.0.1:1", certificate: "\${SECRET}" }]
    max_size: \${SECRET}
    wait: \${file:secret.txt}
    auth: \${SECRET}
    limit: \${SECRET}
    tls: { certificate: "\${SECRET}" }
  other: { type: "\${SECRET}", listen: tcp://127.0.0.1:2 }
`;
  const files = { 'c.yaml': text, 'secret.txt': 'hunter2x\n', 'key.pem': '' };
  t.strictSame(await load(t, { files, env: { SECRET: 'hunter2x' } }), [
    'c.yaml:1:36: daemon.user: there is no user called "…"',
    'c.yaml:1:54: daemon.state: the environment variable UNSET is not set',
    'c.yaml:2:34: certificates.default.cert: cannot read "…": there is no such file',
    'c.yaml:2:54: certificates.default.key: "key.pem" is empty',
    'c.yaml:5:14: services.mail.listen[0]: expected a port number, or a name that the services database knows, got "…"',
    'c.yaml:6:15: services.mail.max_size: expected a size such as "25MB", got "…"',
    'c.yaml:7:11: services.mail.wait: expected a duration such as "30s", got "…"',
    'c.yaml:8:11: services.mail.auth: expected "none", "optional" or "required", got "…"',
    'c.yaml:9:12: services.mail.limit: expected a number or "auto", got "…"',
    'c.yaml:10:25: services.mail.tls.certificate: there is no certificate called "…"',
    'c.yaml:11:18: services.other.type: unknown service type "…"',
  ]);
});

t.test('an unset variable is a mistake each place it is used, and nothing else is said of that value', async (t) => {
  const text = `${head}    max_size: \${SIZE}\n    recipients: ["\${WHO} and \${WHOM}"]\n`;
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), [
    'c.yaml:4:15: services.mail.max_size: the environment variable SIZE is not set',
    'c.yaml:5:18: services.mail.recipients[0]: the environment variable WHO is not set',
    'c.yaml:5:18: services.mail.recipients[0]: the environment variable WHOM is not set',
  ]);
});
