import t from 'tap';

import { CertificateError } from '../../src/certificates/certificate-error.ts';
import { maxNames, parseName, parseNames } from '../../src/certificates/names.ts';

const label = 'a'.repeat(63);

for (const [text, expected] of [
  ['localhost', 'localhost'],
  ['Mail.Example.COM', 'mail.example.com'],
  ['example.com.', 'example.com'],
  ['*.example.com', '*.example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.bücher.example', '*.xn--bcher-kva.example'],
  ['my_printer.lan', 'my_printer.lan'],
  ['_dmarc.example', '_dmarc.example'],
  ['1a.2b', '1a.2b'],
  [`${label}.example`, `${label}.example`],
  [`${label}.${label}.${label}.${'a'.repeat(61)}`, `${label}.${label}.${label}.${'a'.repeat(61)}`],
] as const) {
  t.test(`${text.slice(0, 40)} is a host name`, async (t) => {
    t.same(parseName(text), { kind: 'dns', text: expected });
  });
}

for (const [text, canonical, hex] of [
  ['127.0.0.1', '127.0.0.1', '7f000001'],
  ['255.255.255.255', '255.255.255.255', 'ffffffff'],
  ['::', '::', '0'.repeat(32)],
  ['::1', '::1', `${'0'.repeat(31)}1`],
  ['0:0:0:0:0:0:0:1', '::1', `${'0'.repeat(31)}1`],
  ['1::', '1::', `0001${'0'.repeat(28)}`],
  ['FE80::1:2', 'fe80::1:2', 'fe800000000000000000000000010002'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:1.2.3.4', '::ffff:102:304', '00000000000000000000ffff01020304'],
] as const) {
  t.test(`${text} is an address`, async (t) => {
    t.same(parseName(text), { kind: 'ip', text: canonical, bytes: Buffer.from(hex, 'hex') });
  });
}

for (const [text, message] of [
  ['', '"" is neither a host name nor an IP address'],
  ['.', '"." is neither a host name nor an IP address'],
  ['a..b', '"a..b" is neither a host name nor an IP address'],
  ['-a.example', '"-a.example" is neither a host name nor an IP address'],
  ['a-.example', '"a-.example" is neither a host name nor an IP address'],
  ['a b', '"a b" is neither a host name nor an IP address'],
  ['a,DNS:b', '"a,DNS:b" is neither a host name nor an IP address'],
  ['a\u0000.example', '"a\\u0000.example" is neither a host name nor an IP address'],
  ['a/b', '"a/b" is neither a host name nor an IP address'],
  ['me@example.com', '"me@example.com" is neither a host name nor an IP address'],
  ['https://example.com', '"https://example.com" is neither a host name nor an IP address'],
  ['localhost:443', '"localhost:443" is neither a host name nor an IP address'],
  ['[::1]', '"[::1]" is neither a host name nor an IP address'],
  ['256.1.1.1', '"256.1.1.1" is neither a host name nor an IP address'],
  ['127.1', '"127.1" is neither a host name nor an IP address'],
  ['0x7f', '"0x7f" is neither a host name nor an IP address'],
  ['１２７.0.0.1', '"１２７.0.0.1" is neither a host name nor an IP address'],
  ['10.0.0.0/8', '"10.0.0.0/8" is neither a host name nor an IP address'],
  ['*', '"*" is neither a host name nor an IP address'],
  ['a.*.example', '"a.*.example" is neither a host name nor an IP address'],
  ['*.*.example', '"*.*.example" is neither a host name nor an IP address'],
  ['*.10.0.0.1', '"*.10.0.0.1" is neither a host name nor an IP address'],
  ['*.com', '"*.com" is a wildcard for a whole top-level domain'],
  ['fe80::1%eth0', '"fe80::1%eth0" is an address with a zone, which no certificate can have'],
  [`${label}a.example`, `"${label}a.example" is neither a host name nor an IP address`],
  [
    `${label}.${label}.${label}.${'a'.repeat(62)}`,
    `"${label}.${label}.${label}.${'a'.repeat(62)}" is neither a host name nor an IP address`,
  ],
] as const) {
  t.test(`${JSON.stringify(text.slice(0, 40))} is none`, async (t) => {
    t.throws(() => parseName(text), { name: 'CertificateError', fault: 'name', message });
  });
}

t.test('what is no name is shown as far as it helps', async (t) => {
  t.throws(() => parseName('/'.repeat(1_000_000)), {
    message: `"${'/'.repeat(300)}" is neither a host name nor an IP address`,
  });
});

t.test('names that are written in two ways are one', async (t) => {
  const names = parseNames(['localhost', 'LOCALHOST', '::1', '0::1', 'localhost.']);
  t.same(
    names.map(({ text }) => text),
    ['localhost', '::1'],
  );
});

t.test('a certificate has at least one name, and at most a hundred', async (t) => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `host${at}.example`);
  t.throws(() => parseNames([]), new CertificateError('name', 'cert', 'a certificate needs at least one name'));
  t.equal(parseNames(many(maxNames)).length, 100);
  t.throws(() => parseNames(many(maxNames + 1)), {
    message: 'a certificate can have at most 100 names, these are 101',
  });
});
