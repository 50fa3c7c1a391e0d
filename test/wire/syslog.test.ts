import t from 'tap';

import { facilityCode, formatRfc3164, formatRfc5424, octetCounted, type SyslogMessage } from '../../src/wire/syslog.ts';

const message: SyslogMessage = {
  facility: 3,
  severity: 6,
  time: '2026-02-03T04:05:06.789Z',
  hostname: 'gate.example',
  appName: 'portico',
  procId: '42',
  msgId: 'session.start',
  elementId: 'portico@32473',
  params: [
    ['service', 'echo'],
    ['peer', '[::1]:9'],
  ],
  text: 'session started',
};

t.test('RFC 5424', async (t) => {
  const cases: readonly (readonly [what: string, change: Partial<SyslogMessage>, expected: string])[] = [
    [
      'everything is there',
      {},
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 service="echo" peer="[::1\\]:9"] session started',
    ],
    [
      'no structured data',
      { params: [] },
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start - session started',
    ],
    [
      'nothing but a time',
      { hostname: '', appName: '', procId: '', msgId: '', params: [], text: '' },
      '<30>1 2026-02-03T04:05:06.789Z - - - - -',
    ],
    [
      'the highest priority',
      { facility: 23, severity: 7, params: [] },
      '<191>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start - session started',
    ],
    [
      'quote, backslash and bracket in a value',
      { params: [['a', '"\\]']], text: 'x' },
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 a="\\"\\\\\\]"] x',
    ],
    [
      'a name that is none',
      { params: [['a b="]é', '1']], text: 'x' },
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 a_b____="1"] x',
    ],
    [
      'a name at the limit and one past it',
      {
        params: [
          ['a'.repeat(32), '1'],
          ['b'.repeat(33), '2'],
        ],
        text: 'x',
      },
      `<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 ${'a'.repeat(32)}="1" ${'b'.repeat(32)}="2"] x`,
    ],
    [
      'a newline in text and value',
      { params: [['a', '1\n2']], text: 'one\n<0>two' },
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 a="1\\\\n2"] one\\n<0>two',
    ],
    [
      'a host name with spaces, an application of 49 characters',
      { hostname: 'my host', appName: 'a'.repeat(49), params: [], text: 'x' },
      `<30>1 2026-02-03T04:05:06.789Z my_host ${'a'.repeat(48)} 42 session.start - x`,
    ],
    [
      'text that is more than ASCII has a byte order mark',
      { params: [], text: 'größer' },
      '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start - \ufeffgrößer',
    ],
  ];
  for (const [what, change, expected] of cases) t.equal(formatRfc5424({ ...message, ...change }, 8192), expected, what);
});

t.test('RFC 5424 within its limit', async (t) => {
  const whole = formatRfc5424(message, 8192);
  t.equal(formatRfc5424(message, whole.length), whole, 'at the limit');
  t.equal(
    formatRfc5424(message, whole.length - 1),
    '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 service="echo" peer="[::1\\]:9"] session starte',
    'the text is cut first',
  );
  t.equal(
    formatRfc5424(
      {
        ...message,
        params: [
          ['long', 'x'.repeat(200)],
          ['service', 'echo'],
        ],
      },
      140,
    ),
    '<30>1 2026-02-03T04:05:06.789Z gate.example portico 42 session.start [portico@32473 service="echo"] session started',
    'a parameter without room is left out, the others stay',
  );
  t.equal(
    Buffer.byteLength(formatRfc5424({ ...message, params: [], text: 'ü'.repeat(100) }, 101)),
    101 - 1,
    'no character is cut in two',
  );
});

t.test('RFC 3164', async (t) => {
  const time = new Date(2026, 1, 3, 4, 5, 6).toISOString();
  const cases: readonly (readonly [what: string, change: Partial<SyslogMessage>, expected: string])[] = [
    ['everything is there', {}, '<30>Feb  3 04:05:06 gate.example portico[42]: session started'],
    [
      'a day with two digits',
      { time: new Date(2026, 11, 31, 23, 59, 59).toISOString() },
      '<30>Dec 31 23:59:59 gate.example portico[42]: session started',
    ],
    ['to the log socket, without host', { hostname: '' }, '<30>Feb  3 04:05:06 portico[42]: session started'],
    ['no process', { procId: '' }, '<30>Feb  3 04:05:06 gate.example portico: session started'],
    ['a tag with a colon', { appName: 'a:b c' }, '<30>Feb  3 04:05:06 gate.example a_b_c[42]: session started'],
    ['a newline', { text: 'one\n<0>two' }, '<30>Feb  3 04:05:06 gate.example portico[42]: one\\n<0>two'],
  ];
  for (const [what, change, expected] of cases) {
    t.equal(formatRfc3164({ ...message, time, ...change }, 1024), expected, what);
  }
  t.equal(formatRfc3164({ ...message, time, text: 'x'.repeat(2000) }, 1024).length, 1024, 'cut at the limit');
});

t.test('octet counting counts bytes', async (t) => {
  t.equal(octetCounted('abc'), '3 abc');
  t.equal(octetCounted('ü'), '2 ü');
});

t.test('facilities', async (t) => {
  t.equal(facilityCode('kern'), 0);
  t.equal(facilityCode('daemon'), 3);
  t.equal(facilityCode('local7'), 23);
  t.equal(facilityCode('toString'), undefined);
  t.equal(facilityCode('local8'), undefined);
});
