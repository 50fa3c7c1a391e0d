process.env['TZ'] = 'UTC';

import t, { type Test } from 'tap';

import { parseSyslog, type ParsedSyslog } from '../../src/wire/syslog-parse.ts';

const now = Date.UTC(2026, 10, 26, 12);

const nothing = {
  facility: 1,
  severity: 5,
  time: null,
  host: null,
  app: null,
  process: null,
  messageId: null,
  structured: null,
};

type Row = readonly [text: string, parsed: Partial<ParsedSyslog>];

function check(t: Test, rows: readonly Row[]): void {
  for (const [text, parsed] of rows) t.same(parseSyslog(text, now), { ...nothing, ...parsed }, text);
}

t.test('priorities', async (t) => {
  check(t, [
    ['<0>x', { facility: 0, severity: 0, message: 'x' }],
    ['<13>x', { facility: 1, severity: 5, message: 'x' }],
    ['<013>x', { facility: 1, severity: 5, message: 'x' }],
    ['<191>x', { facility: 23, severity: 7, message: 'x' }],
    ['<165>', { facility: 20, severity: 5, message: '' }],
  ]);
});

t.test('RFC 3164 4.3.3: without a priority it is 13', async (t) => {
  check(t, [
    ['Use the BFG!', { message: 'Use the BFG!' }],
    ['name: no tag without a priority', { message: 'name: no tag without a priority' }],
    ['<192>x', { message: '<192>x' }],
    ['<1000>x', { message: '<1000>x' }],
    ['<>x', { message: '<>x' }],
    ['<1', { message: '<1' }],
    ['<-1>x', { message: '<-1>x' }],
    ['< 1>x', { message: '< 1>x' }],
    ['Nov 26 01:00:00 host app: x', { time: '2026-11-26T01:00:00Z', host: 'host', app: 'app', message: 'x' }],
    ['', { message: '' }],
  ]);
});

t.test('RFC 5424, and what only begins like it', async (t) => {
  check(t, [
    ['<13>1 - h a p m - x', { host: 'h', app: 'a', process: 'p', messageId: 'm', message: 'x' }],
    ['<13>2 - h a p m - x', { host: 'h', app: 'a', process: 'p', messageId: 'm', message: 'x' }],
    ['<13>1 apple and 2 pears', { message: '1 apple and 2 pears' }],
    ['<13>1 2026-13-01T00:00:00Z h a p m - x', { message: '1 2026-13-01T00:00:00Z h a p m - x' }],
    ['<13>01 - h a p m - x', { message: '01 - h a p m - x' }],
    ['<13>1- h a p m - x', { message: '1- h a p m - x' }],
  ]);
});

t.test('RFC 3164', async (t) => {
  const time = '2026-10-11T22:14:15Z';
  check(t, [
    [
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      {
        facility: 4,
        severity: 2,
        time,
        host: 'mymachine',
        app: 'su',
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    ],
    [
      '<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!',
      { time: '2026-02-05T17:32:18Z', host: '10.0.0.99', message: 'Use the BFG!' },
    ],
    ['<13>Oct 11 22:14:15 h app[12]: x', { time, host: 'h', app: 'app', process: '12', message: 'x' }],
    ['<13>Oct 11 22:14:15 h app[12] x', { time, host: 'h', app: 'app', process: '12', message: 'x' }],
    ['<13>Oct 11 22:14:15 h app[]: x', { time, host: 'h', message: 'app[]: x' }],
    [
      '<13>Oct 11 22:14:15 h postfix/smtpd[9]: x: y',
      { time, host: 'h', app: 'postfix/smtpd', process: '9', message: 'x: y' },
    ],
    ['<13>Oct 11 22:14:15 h app:x', { time, host: 'h', message: 'app:x' }],
    ['<13>Oct 11 22:14:15 h app:', { time, host: 'h', app: 'app', message: '' }],
    ['<13>Oct 11 22:14:15 h app:   x', { time, host: 'h', app: 'app', message: '  x' }],
    ['<13>Oct 11 22:14:15 2001:db8::1 dhcpd: x', { time, host: '2001:db8::1', app: 'dhcpd', message: 'x' }],
    ['<13>Oct 11 22:14:15 app[12]: no host', { time, app: 'app', process: '12', message: 'no host' }],
    ['<13>Oct 11 22:14:15 kernel: [1.2] no host', { time, app: 'kernel', message: '[1.2] no host' }],
    ['<13>Oct 11 22:14:15 word', { time, message: 'word' }],
    ['<13>Oct 11 22:14:15', { time, message: '' }],
    ['<13>Oct 11 22:14:15 ', { time, message: '' }],
    ['<13>Nov 31 22:14:15 h a: x', { message: 'Nov 31 22:14:15 h a: x' }],
  ]);
});

t.test('no time', async (t) => {
  check(t, [
    ['<14>hello world', { severity: 6, message: 'hello world' }],
    ['<14>app: hello', { severity: 6, app: 'app', message: 'hello' }],
    ['<14>app[12]: hello', { severity: 6, app: 'app', process: '12', message: 'hello' }],
    ['<14>{"a": 1}', { severity: 6, message: '{"a": 1}' }],
    ['<14>http://host: x', { severity: 6, message: 'http://host: x' }],
    [`<14>${'x'.repeat(49)}: y`, { severity: 6, message: `${'x'.repeat(49)}: y` }],
  ]);
});

t.test('other times', async (t) => {
  check(t, [
    [
      '<13>2024-01-02T03:04:05.123456+01:00 h app[1]: x',
      { time: '2024-01-02T02:04:05.123456Z', host: 'h', app: 'app', process: '1', message: 'x' },
    ],
    ['<13>2024-01-02 03:04:05 h app: x', { time: '2024-01-02T03:04:05Z', host: 'h', app: 'app', message: 'x' }],
    [
      '<134>1 1563249630.774247467 MX84 events type=vpn',
      { facility: 16, severity: 6, time: '2019-07-16T04:00:30.774247467Z', host: 'MX84', message: 'events type=vpn' },
    ],
  ]);
});

t.test('Cisco', async (t) => {
  const ios = { facility: 23, severity: 5, messageId: 'SYS-5-CONFIG_I', message: 'Configured' };
  const asa = { facility: 20, severity: 6, messageId: 'ASA-6-302013', message: 'Built' };
  const time = '2026-03-01T18:46:11Z';
  check(t, [
    ['<189>29: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured', { ...ios, time }],
    ['<189>29: .Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured', { ...ios, time }],
    ['<189>29: Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured', { ...ios, time: '2026-03-01T18:46:11.123Z' }],
    ['<189>29: router1: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured', { ...ios, time, host: 'router1' }],
    ['<189>29: %SYS-5-CONFIG_I: Configured', ios],
    ['<189>: 2021 Jan  5 03:04:05 UTC: %SYS-5-CONFIG_I: Configured', { ...ios, time: '2021-01-05T03:04:05Z' }],
    ['<189>Mar  1 18:46:11 router1 29: %SYS-5-CONFIG_I: Configured', { ...ios, time, host: 'router1' }],
    ['<166>Jan 05 2021 03:04:05: %ASA-6-302013: Built', { ...asa, time: '2021-01-05T03:04:05Z' }],
    ['<166>Jan 05 2021 03:04:05 fw1 : %ASA-6-302013: Built', { ...asa, time: '2021-01-05T03:04:05Z', host: 'fw1' }],
    ['<166>%ASA-6-302013: Built', asa],
    ['<189>29: hello', { facility: 23, app: '29', message: 'hello' }],
    ['<189>%hello', { facility: 23, message: '%hello' }],
  ]);
});
