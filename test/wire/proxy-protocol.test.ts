import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { formatProxyHeader, maxProxyHeaderBytes, parseProxyHeader } from '../../src/wire/proxy-protocol.ts';

const v4 = (address: string, port: number): Endpoint => ({ address, port, family: 'IPv4' });
const v6 = (address: string, port: number): Endpoint => ({ address, port, family: 'IPv6' });
const unix = (address: string): Endpoint => ({ address, port: 0, family: 'unix' });

const signature = '0d0a0d0a000d0a515549540a';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const v2 = (rest: string): Buffer => hex(`${signature} ${rest}`);

t.test('reads whole headers, also byte by byte and with the first bytes of the peer behind', async (t) => {
  const cases: [header: Buffer, source: Endpoint | null, destination: Endpoint | null][] = [
    [Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'), v4('192.0.2.1', 56324), v4('198.51.100.7', 443)],
    [Buffer.from('PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n'), v4('0.0.0.0', 0), v4('255.255.255.255', 65535)],
    [Buffer.from('PROXY TCP6 2001:db8::1 ::1 1 2\r\n'), v6('2001:db8::1', 1), v6('::1', 2)],
    [Buffer.from('PROXY TCP6 2001:0DB8:0:0:0:0:0:1 ::1 1 2\r\n'), v6('2001:db8::1', 1), v6('::1', 2)],
    [Buffer.from('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'), v4('192.0.2.1', 1), v6('::1', 2)],
    [Buffer.from('PROXY UNKNOWN\r\n'), null, null],
    [Buffer.from('PROXY UNKNOWN ffff::1 whatever 1 2\r\n'), null, null],
    [Buffer.from(`PROXY UNKNOWN ${'x'.repeat(107 - 16)}\r\n`), null, null],
    [v2('20 00 0000'), null, null],
    [v2('20 ff 0003 aabbcc'), null, null],
    [v2('21 00 0000'), null, null],
    [v2('21 00 0002 aabb'), null, null],
    [v2('21 11 000c c0000201 c6336407 dc04 01bb'), v4('192.0.2.1', 56324), v4('198.51.100.7', 443)],
    [v2('21 12 000c c0000201 c6336407 dc04 01bb'), v4('192.0.2.1', 56324), v4('198.51.100.7', 443)],
    [v2('21 11 0010 c0000201 c6336407 dc04 01bb 04000141'), v4('192.0.2.1', 56324), v4('198.51.100.7', 443)],
    [
      v2(`21 21 0024 20010db8000000000000000000000001 ${'00'.repeat(15)}01 0001 ffff`),
      v6('2001:db8::1', 1),
      v6('::1', 65535),
    ],
    [v2(`21 21 0024 ${'00'.repeat(10)}ffffc0000201 ${'00'.repeat(15)}01 0001 0002`), v4('192.0.2.1', 1), v6('::1', 2)],
    [
      v2(`21 31 00d8 2f72756e2f61 ${'00'.repeat(102)} 2f72756e2f62 ${'00'.repeat(102)}`),
      unix('/run/a'),
      unix('/run/b'),
    ],
    [v2(`21 31 00d8 00616273 ${'00'.repeat(104)} 2f1b5b41 ${'00'.repeat(104)}`), unix(''), unix('')],
  ];
  for (const [header, source, destination] of cases) {
    const name = header[0] === 80 ? header.toString().trimEnd() : header.toString('hex').slice(24);
    for (let length = 0; length < header.length; length += 1) {
      t.same(parseProxyHeader(header.subarray(0, length)), { state: 'more' }, `${name}: ${length} bytes`);
    }
    const done = { state: 'done', length: header.length, source, destination };
    t.same(parseProxyHeader(header), done, name);
    t.same(parseProxyHeader(Buffer.concat([header, Buffer.from('GET /\r\n')])), done, `${name}, and more`);
  }
});

t.test('refuses everything else, and says why', async (t) => {
  const line = 'malformed line';
  const cases: [input: string | Buffer, reason: string][] = [
    ['GET / HTTP/1.1\r\n', 'no PROXY header'],
    ['G', 'no PROXY header'],
    ['proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n', 'no PROXY header'],
    ['PROXYTCP4', 'no PROXY header'],
    ['\r\n\r\nGET', 'no PROXY header'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n', 'line does not end with CRLF'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n', 'not a port'],
    ['PROXY UNKNOWN a\rb\r\n', line],
    ['PROXY UNKNOWNx\r\n', line],
    ['PROXY TCP4\r\n', line],
    ['PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n', line],
    ['PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n', line],
    ['PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n', line],
    ['PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n', line],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n', line],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n', line],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n', line],
    ['PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n', 'not an IPv4 address'],
    ['PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n', 'not an IPv4 address'],
    ['PROXY TCP4 1.2.3.4 1.2.3.256 1 2\r\n', 'not an IPv4 address'],
    ['PROXY TCP4 ::1 ::1 1 2\r\n', 'not an IPv4 address'],
    ['PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n', 'not an IPv6 address'],
    ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', 'not an IPv6 address'],
    ['PROXY TCP6 1::2::3 ::1 1 2\r\n', 'not an IPv6 address'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n', 'not a port'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 02\r\n', 'not a port'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n', 'not a port'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n', 'not a port'],
    [`PROXY UNKNOWN ${'x'.repeat(107 - 14)}`, 'no line ending within 107 bytes'],
    [`PROXY UNKNOWN ${'x'.repeat(107 - 15)}\r\n`, 'no line ending within 107 bytes'],
    [v2('11'), 'version and command 0x11'],
    [v2('22'), 'version and command 0x22'],
    [v2('21 41'), 'family and transport 0x41'],
    [v2('21 13'), 'family and transport 0x13'],
    [v2('21 10'), 'family and transport 0x10'],
    [v2('21 11 000b'), '11 bytes of addresses where 12 are needed'],
    [v2('21 21 0023'), '35 bytes of addresses where 36 are needed'],
    [v2('21 31 00d7'), '215 bytes of addresses where 216 are needed'],
    [v2('21 11 1001'), 'header of 4113 bytes'],
    [v2('20 00 ffff'), 'header of 65551 bytes'],
  ];
  for (const [input, reason] of cases) {
    const bytes = Buffer.from(input);
    t.same(parseProxyHeader(bytes), { state: 'bad', reason }, JSON.stringify(bytes.toString('latin1')));
  }
});

t.test('waits for the longest header, and for no longer one', async (t) => {
  const longest = Buffer.concat([v2('21 11 1000 c0000201 c6336407 dc04 01bb'), Buffer.alloc(4096 - 12)]);
  t.equal(longest.length, maxProxyHeaderBytes);
  t.same(parseProxyHeader(longest.subarray(0, -1)), { state: 'more' });
  t.match(parseProxyHeader(longest), { state: 'done', length: 4112 });
});

t.test('writes headers', async (t) => {
  const text: [source: Endpoint, destination: Endpoint, line: string][] = [
    [v4('192.0.2.1', 56324), v4('198.51.100.7', 443), 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'],
    [v6('2001:db8::1', 1), v6('::1', 2), 'PROXY TCP6 2001:db8::1 ::1 1 2\r\n'],
    [v6('fe80::1%eth0', 1), v6('fe80::2', 2), 'PROXY TCP6 fe80::1 fe80::2 1 2\r\n'],
    [v4('192.0.2.1', 1), v6('::1', 2), 'PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'],
    [unix('/run/a'), unix('/run/b'), 'PROXY UNKNOWN\r\n'],
    [v4('192.0.2.1', 1), unix('/run/b'), 'PROXY UNKNOWN\r\n'],
  ];
  for (const [source, destination, line] of text) {
    t.equal(formatProxyHeader('v1', source, destination).toString(), line);
  }
  const binary: [source: Endpoint, destination: Endpoint, header: Buffer][] = [
    [v4('192.0.2.1', 56324), v4('198.51.100.7', 443), v2('21 11 000c c0000201 c6336407 dc04 01bb')],
    [
      v6('2001:db8::a:1', 1),
      v6('::', 2),
      v2(`21 21 0024 20010db80000000000000000000a0001 ${'00'.repeat(16)} 0001 0002`),
    ],
    [v4('192.0.2.1', 1), v6('::1', 2), v2(`21 21 0024 ${'00'.repeat(10)}ffffc0000201 ${'00'.repeat(15)}01 0001 0002`)],
    [unix('/run/a'), unix(''), v2(`21 31 00d8 2f72756e2f61 ${'00'.repeat(102)} ${'00'.repeat(108)}`)],
    [v4('192.0.2.1', 1), unix(''), v2('21 00 0000')],
  ];
  for (const [source, destination, header] of binary) {
    t.equal(formatProxyHeader('v2', source, destination).toString('hex'), header.toString('hex'));
  }
});
