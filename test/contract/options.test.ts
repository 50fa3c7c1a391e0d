import { resolve } from 'node:path';
import t from 'tap';
import * as z from 'zod';

import {
  address,
  duration,
  durationOrNone,
  fileMode,
  hours,
  network,
  path,
  rate,
  show,
  size,
  usePortNames,
  withBase,
} from '../../src/contract/options.ts';

usePortNames((name, protocol) => (name === 'smtp' && protocol === 'tcp' ? 25 : null));

type Case = readonly [input: unknown, expected: unknown];

/** What the schema gives, or its message. */
function read(schema: z.ZodType, input: unknown): unknown {
  const result = withBase('/etc/portico', () => schema.safeParse(input));
  return result.success ? result.data : result.error.issues.map((issue) => issue.message).join(' & ');
}

function table(name: string, schema: z.ZodType, cases: readonly Case[]): void {
  t.test(name, async (t) => {
    for (const [input, expected] of cases) t.strictSame(read(schema, input), expected, JSON.stringify(input));
  });
}

const noDuration = 'expected a duration such as "30s", got';
table('duration', duration(), [
  ['0ms', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['24d', 2_073_600_000],
  ['25d', 'expected a duration of at most 24d, got "25d"'],
  ['2073600001ms', 'expected a duration of at most 24d, got "2073600001ms"'],
  ['999999999999999d', 'expected a duration of at most 24d, got "999999999999999d"'],
  ['9999999999999999ms', `${noDuration} "9999999999999999ms"`],
  ['30', `${noDuration} "30"`],
  ['1.5h', `${noDuration} "1.5h"`],
  ['-1s', `${noDuration} "-1s"`],
  ['30 s', `${noDuration} "30 s"`],
  ['30S', `${noDuration} "30S"`],
  ['s', `${noDuration} "s"`],
  ['', `${noDuration} ""`],
  [30, `${noDuration} 30`],
  [true, `${noDuration} true`],
  [null, `${noDuration} nothing`],
  [undefined, `${noDuration} nothing`],
  [['1s'], `${noDuration} a list`],
  [{}, `${noDuration} a map`],
]);

table('duration within bounds', duration({ min: '1s', max: '365d' }), [
  ['1s', 1000],
  ['999ms', 'expected a duration of at least 1s, got "999ms"'],
  ['365d', 31_536_000_000],
  ['366d', 'expected a duration of at most 365d, got "366d"'],
]);

table('duration or none', durationOrNone({ min: '1ms' }), [
  ['none', null],
  ['1ms', 1],
  ['0ms', 'expected a duration of at least 1ms, got "0ms"'],
  ['never', 'expected a duration such as "30s", got "never"'],
  [0, 'expected a duration such as "30s", or "none", got 0'],
]);

const noSize = 'expected a size such as "25MB", got';
table('size', size(), [
  ['0B', 0],
  ['512B', 512],
  ['64KB', 65_536],
  ['25MB', 26_214_400],
  ['1GB', 1_073_741_824],
  ['1048576GB', 1024 ** 5],
  ['1048577GB', 'expected a size of at most 1048576GB, got "1048577GB"'],
  ['25 megs', `${noSize} "25 megs"`],
  ['25mb', `${noSize} "25mb"`],
  ['25M', `${noSize} "25M"`],
  ['1.5MB', `${noSize} "1.5MB"`],
  [25, `${noSize} 25`],
]);

table('size within bounds', size({ min: '64B', max: '2KB' }), [
  ['64B', 64],
  ['63B', 'expected a size of at least 64B, got "63B"'],
  ['2KB', 2048],
  ['2049B', 'expected a size of at most 2KB, got "2049B"'],
]);

const noRate = 'expected a rate such as "50/s" or "10/1m", got';
table('rate', rate(), [
  ['50/s', { count: 50, window: 1000 }],
  ['10/1m', { count: 10, window: 60_000 }],
  ['10/m', { count: 10, window: 60_000 }],
  ['1/500ms', { count: 1, window: 500 }],
  ['1000000/24d', { count: 1_000_000, window: 2_073_600_000 }],
  ['1000001/s', 'expected a rate of 1 to 1000000, got "1000001/s"'],
  ['0/s', 'expected a rate of 1 to 1000000, got "0/s"'],
  ['5/0s', 'expected a rate with a time from 1ms to 24d, got "5/0s"'],
  ['5/25d', 'expected a rate with a time from 1ms to 24d, got "5/25d"'],
  ['50', `${noRate} "50"`],
  ['50/', `${noRate} "50/"`],
  ['50/10', `${noRate} "50/10"`],
  ['/s', `${noRate} "/s"`],
  [50, `${noRate} 50`],
]);

const blank = { host: '', port: 0, path: '', name: '' };
const noAddress = 'expected an address such as "tcp://127.0.0.1:2007", got';
const noPort = 'expected a port from 0 to 65535, got';
const noName = 'expected a port number, or a name that the services database knows, got';
const noHost = 'expected an IPv4 address, an [IPv6] address, "*" or a host name, got';
const longest = `/${'a'.repeat(106)}`;
const label = 'a'.repeat(63);
table('address', address(), [
  ['tcp://127.0.0.1:2007', { ...blank, kind: 'tcp', text: 'tcp://127.0.0.1:2007', host: '127.0.0.1', port: 2007 }],
  ['tls://localhost:0', { ...blank, kind: 'tls', text: 'tls://localhost:0', host: 'localhost', port: 0 }],
  ['udp://*:65535', { ...blank, kind: 'udp', text: 'udp://*:65535', host: '*', port: 65_535 }],
  ['tcp://[::1]:80', { ...blank, kind: 'tcp', text: 'tcp://[::1]:80', host: '::1', port: 80 }],
  ['tcp://[fe80::1%lo]:80', { ...blank, kind: 'tcp', text: 'tcp://[fe80::1%lo]:80', host: 'fe80::1%lo', port: 80 }],
  [
    'tcp://my_host-1.example.:smtp',
    { ...blank, kind: 'tcp', text: 'tcp://my_host-1.example.:smtp', host: 'my_host-1.example.', port: 25 },
  ],
  [`tcp://${label}:1`, { ...blank, kind: 'tcp', text: `tcp://${label}:1`, host: label, port: 1 }],
  ['unix:run/a.sock', { ...blank, kind: 'unix', text: 'unix:run/a.sock', path: '/etc/portico/run/a.sock' }],
  ['unix:/run/a.sock', { ...blank, kind: 'unix', text: 'unix:/run/a.sock', path: '/run/a.sock' }],
  [`unix:${longest}`, { ...blank, kind: 'unix', text: `unix:${longest}`, path: longest }],
  ['socket:web.1', { ...blank, kind: 'socket', text: 'socket:web.1', name: 'web.1' }],
  ['tcp://127.0.0.1:65536', `${noPort} "tcp://127.0.0.1:65536"`],
  ['tcp://127.0.0.1:000080', `${noPort} "tcp://127.0.0.1:000080"`],
  ['tcp://127.0.0.1:-1', `${noName} "tcp://127.0.0.1:-1"`],
  ['tcp://127.0.0.1:nonsense', `${noName} "tcp://127.0.0.1:nonsense"`],
  ['udp://127.0.0.1:smtp', `${noName} "udp://127.0.0.1:smtp"`],
  ['tcp://127.0.0.1', `${noAddress} "tcp://127.0.0.1"`],
  ['tcp://127.0.0.1:', `${noAddress} "tcp://127.0.0.1:"`],
  ['tcp://:80', `${noAddress} "tcp://:80"`],
  ['tcp://::1:80', `${noAddress} "tcp://::1:80"`],
  ['tcp://h:80/', `${noName} "tcp://h:80/"`],
  ['127.0.0.1:80', `${noAddress} "127.0.0.1:80"`],
  ['http://127.0.0.1:80', `${noAddress} "http://127.0.0.1:80"`],
  ['unix:', `${noAddress} "unix:"`],
  ['unix:a\0b', 'expected a path, got "a\\u0000b"'],
  [`unix:${longest}b`, `expected a path of at most 107 bytes for a unix socket, got "unix:/${'a'.repeat(54)}…"`],
  ['socket:a/b', 'expected a socket name of letters, digits, ".", "_" and "-", got "socket:a/b"'],
  ['tcp://[::g]:80', 'expected an IPv6 address in the brackets, got "tcp://[::g]:80"'],
  ['tcp://[127.0.0.1]:80', 'expected an IPv6 address in the brackets, got "tcp://[127.0.0.1]:80"'],
  ['tcp://256.0.0.1:80', `${noHost} "tcp://256.0.0.1:80"`],
  ['tcp://127.1:80', `${noHost} "tcp://127.1:80"`],
  ['tcp://a..b:80', `${noHost} "tcp://a..b:80"`],
  ['tcp://-a:80', `${noHost} "tcp://-a:80"`],
  ['tcp://a b:80', `${noHost} "tcp://a b:80"`],
  [`tcp://${label}a:1`, `${noHost} "tcp://${'a'.repeat(54)}…"`],
  [2007, `${noAddress} 2007`],
]);

table('address to connect to', address({ isDestination: true }), [
  ['tcp://127.0.0.1:1', { ...blank, kind: 'tcp', text: 'tcp://127.0.0.1:1', host: '127.0.0.1', port: 1 }],
  ['tcp://127.0.0.1:0', 'expected a port from 1 to 65535, got "tcp://127.0.0.1:0"'],
  ['tcp://*:1', 'expected an address to connect to, not "*", got "tcp://*:1"'],
  ['socket:a', `${noAddress} "socket:a"`],
]);

table('address of certain kinds', address({ kinds: ['udp', 'unix'] }), [
  ['udp://[::]:514', { ...blank, kind: 'udp', text: 'udp://[::]:514', host: '::', port: 514 }],
  ['tcp://[::]:514', 'expected an address such as "udp://127.0.0.1:2007", got "tcp://[::]:514"'],
]);

const noNetwork = 'expected an address or network such as "10.0.0.0/8", got';
table('network', network(), [
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.0.0.1/32', '10.0.0.1/32'],
  ['::1', '::1'],
  ['2001:db8::/128', '2001:db8::/128'],
  ['10.0.0.0/33', 'expected a prefix of at most 32 bits, got "10.0.0.0/33"'],
  ['::/129', 'expected a prefix of at most 128 bits, got "::/129"'],
  ['10.0.0.0/', `${noNetwork} "10.0.0.0/"`],
  ['10.0.0.0/-1', `${noNetwork} "10.0.0.0/-1"`],
  ['10.0.0/8', `${noNetwork} "10.0.0/8"`],
  ['fe80::1%lo', `${noNetwork} "fe80::1%lo"`],
  ['example.com', `${noNetwork} "example.com"`],
  [10, `${noNetwork} 10`],
]);

const deepest = `/${'a'.repeat(4094)}`;
table('path', path(), [
  ['a/../b.pem', '/etc/portico/b.pem'],
  ['/srv/b.pem', '/srv/b.pem'],
  [deepest, deepest],
  [`${deepest}a`, `expected a path of at most 4095 bytes, got "/${'a'.repeat(59)}…"`],
  ['', 'expected a path, got ""'],
  ['a\0b', 'expected a path, got "a\\u0000b"'],
  [5, 'expected a path, got 5'],
]);

const noMode = 'expected a file mode in quotes such as "0660", got';
table('file mode', fileMode(), [
  ['0660', 0o660],
  ['644', 0o644],
  ['7777', 0o7777],
  ['77777', `${noMode} "77777"`],
  ['66', `${noMode} "66"`],
  ['0680', `${noMode} "0680"`],
  ['0o660', `${noMode} "0o660"`],
  [660, `${noMode} 660 (without quotes YAML reads it as a decimal number)`],
]);

const noHours = 'expected hours such as "08:00-18:00", got';
table('hours', hours(), [
  ['08:00-18:00', [480, 1080]],
  ['8:30-9:00', [510, 540]],
  ['22:00-06:00', [1320, 360]],
  ['00:00-24:00', [0, 1440]],
  ['23:59-00:00', [1439, 0]],
  ['24:00-01:00', 'expected hours from 00:00 to 24:00, got "24:00-01:00"'],
  ['00:00-24:01', 'expected hours from 00:00 to 24:00, got "00:00-24:01"'],
  ['08:00-08:00', 'expected hours with an end that differs from their beginning, got "08:00-08:00"'],
  ['08:60-09:00', `${noHours} "08:60-09:00"`],
  ['8-18', `${noHours} "8-18"`],
  ['08:00', `${noHours} "08:00"`],
  [8, `${noHours} 8`],
]);

t.test('paths are relative to the working folder where no base is set, and to the innermost base', async (t) => {
  t.equal(path().parse('a'), resolve('a'));
  const inner = withBase('/one', () => [withBase('/two', () => path().parse('a')), path().parse('a')]);
  t.strictSame(inner, ['/two/a', '/one/a']);
  t.throws(() =>
    withBase('/one', () => {
      throw new Error('no');
    }),
  );
  t.equal(path().parse('a'), resolve('a'));
});

t.test('a secret value stands in no message', async (t) => {
  const message = withBase(
    '/',
    () =>
      [duration(), size(), rate(), address(), fileMode()].map((schema) => schema.safeParse('hunter2').error?.message),
    (value) => value === 'hunter2',
  );
  for (const each of message) {
    t.match(each, 'got \\"…\\"');
    t.notMatch(each, 'hunter2');
  }
});

t.test('show shortens', async (t) => {
  t.equal(show('a'.repeat(60)), `"${'a'.repeat(60)}"`);
  t.equal(show('a'.repeat(61)), `"${'a'.repeat(60)}…"`);
  t.equal(show('a\n\u001b'), '"a\\n\\u001b"');
});

t.test('each says in JSON Schema what may be written', async (t) => {
  const schema = z.toJSONSchema(
    z.strictObject({ wait: duration().prefault('30s').describe('how long'), mode: fileMode().optional() }),
    { io: 'input' },
  );
  t.strictSame(schema.properties, {
    wait: {
      type: 'string',
      title: 'duration',
      description: 'how long',
      default: '30s',
      examples: ['500ms', '30s', '5m', '1h', '2d'],
      pattern: '^[0-9]+(ms|s|m|h|d)$|\\$\\{',
    },
    mode: { type: 'string', title: 'file mode', examples: ['0660', '0644'], pattern: '^[0-7]{3,4}$|\\$\\{' },
  });
  t.equal(schema.required, undefined);
});
