import t from 'tap';

import { parseRfc5424 } from '../../src/wire/syslog-rfc5424.ts';

/** What stands behind "<13>1 ". */
const parse = (text: string) => {
  const facts = parseRfc5424(`<13>1 ${text}`, 6);
  return facts === null ? null : JSON.parse(JSON.stringify(facts));
};

const nothing = { time: null, host: null, app: null, process: null, messageId: null, structured: null };

t.test('the examples of RFC 5424 6.5', async (t) => {
  t.same(
    parse(
      "2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
    ),
    {
      time: '2003-10-11T22:14:15.003Z',
      host: 'mymachine.example.com',
      app: 'su',
      process: null,
      messageId: 'ID47',
      structured: null,
      message: "'su root' failed for lonvick on /dev/pts/8",
    },
  );
  t.same(parse("2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts."), {
    time: '2003-08-24T12:14:15.000003Z',
    host: '192.0.2.1',
    app: 'myproc',
    process: '8710',
    messageId: null,
    structured: null,
    message: "%% It's time to make the do-nuts.",
  });
  const facts = {
    time: '2003-10-11T22:14:15.003Z',
    host: 'mymachine.example.com',
    app: 'evntslog',
    process: null,
    messageId: 'ID47',
  };
  const element = '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]';
  const params = { iut: '3', eventSource: 'Application', eventID: '1011' };
  t.same(
    parse(`2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${element} \ufeffAn application event`),
    {
      ...facts,
      structured: { 'exampleSDID@32473': params },
      message: 'An application event',
    },
  );
  t.same(
    parse(
      `2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${element}[examplePriority@32473 class="high"]`,
    ),
    {
      ...facts,
      structured: { 'exampleSDID@32473': params, 'examplePriority@32473': { class: 'high' } },
      message: '',
    },
  );
});

t.test('structured data, well formed or not', async (t) => {
  const cases: readonly [data: string, structured: object | null, message: string][] = [
    ['-', null, ''],
    ['- ', null, ''],
    ['-  two', null, ' two'],
    ['[a]', { a: {} }, ''],
    ['[a][b] x', { a: {}, b: {} }, 'x'],
    ['[a x="1"]', { a: { x: '1' } }, ''],
    ['[a x=""] m', { a: { x: '' } }, 'm'],
    [String.raw`[a x="q\"b\\c\]"] m`, { a: { x: String.raw`q"b\c]` } }, 'm'],
    [String.raw`[a x="\n\\"] m`, { a: { x: '\\n\\' } }, 'm'],
    ['[a x="]"] m', { a: { x: ']' } }, 'm'],
    ['[a x="[b y="] m', { a: { x: '[b y=' } }, 'm'],
    ['[a x="1" x="2" x="3"]', { a: { x: ['1', '2', '3'] } }, ''],
    ['[a x="1"][a y="2"]', { a: { x: '1', y: '2' } }, ''],
    [
      '[__proto__ __proto__="1" constructor="2"] m',
      JSON.parse('{"__proto__":{"__proto__":"1","constructor":"2"}}'),
      'm',
    ],
    ['[a x="über\nall"] m', { a: { x: 'über\nall' } }, 'm'],
    ['[a x="1" ]  m', { a: { x: '1' } }, ' m'],
    ['[a  x="1"]m', { a: { x: '1' } }, 'm'],
    ['[a] [b] m', { a: {} }, '[b] m'],
    ['[] m', null, '[] m'],
    ['[a m', null, '[a m'],
    ['[a x=1] m', null, '[a x=1] m'],
    ['[a x="1] m', null, '[a x="1] m'],
    ['[a x="1"y="2"] m', null, '[a x="1"y="2"] m'],
    [String.raw`[a x="1\"] m`, null, String.raw`[a x="1\"] m`],
    ['[a][b', null, '[a][b'],
    ['text without data', null, 'text without data'],
    ['', null, ''],
  ];
  for (const [data, structured, message] of cases)
    t.same(parse(`- - - - - ${data}`), { ...nothing, structured, message }, data);
});

t.test('what is no such message', async (t) => {
  const cases = [
    '',
    'hello',
    '- - - - ',
    'Oct 11 22:14:15 mymachine su: x',
    '2003-10-11 22:14:15 host app - - - x',
    '2003-13-11T22:14:15Z host app - - - x',
    '2003-10-11T22:14:15Z  app - - - x',
    `- ${'h'.repeat(256)} app - - - x`,
  ];
  for (const text of cases) t.equal(parse(text), null, text);
  t.match(parse(`- ${'h'.repeat(255)} app - - - x`), { host: 'h'.repeat(255), message: 'x' });
  t.match(parse('- h a p m'), { host: 'h', messageId: 'm', message: '' }, 'no data, no message');
});

t.test('long texts cost no more than their length', async (t) => {
  const many = '[a x="1"]'.repeat(7_000);
  t.same(parse(`- - - - - ${many} m`)?.structured, { a: { x: Array.from({ length: 7_000 }, () => '1') } });
  const slashes = `[a x="${'\\'.repeat(60_000)}"] m`;
  t.equal(parse(`- - - - - ${slashes}`)?.structured.a.x.length, 30_000);
  const quotes = `[a x="${String.raw`\"`.repeat(30_000)}`;
  t.same(parse(`- - - - - ${quotes}`)?.structured, null);
});
