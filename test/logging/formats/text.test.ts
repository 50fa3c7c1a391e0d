import t from 'tap';

import { formatPrefixed, formatText } from '../../../src/logging/formats/text.ts';
import type { LogRecord } from '../../../src/logging/record.ts';

const record: LogRecord = {
  time: '2026-02-03T04:05:06.789Z',
  severity: 'warning',
  event: 'session.start',
  message: 'session started',
  pid: '42',
  fields: [['service', 'echo']],
};

t.test('message, event, fields', async (t) => {
  t.equal(formatText(record), 'session started event=session.start service=echo');
  t.equal(formatText({ ...record, event: undefined, fields: [] }), 'session started');
});

t.test('values that could be misread are quoted', async (t) => {
  const cases = [
    ['', 'a=""'],
    ['two words', 'a="two words"'],
    ['say "no"', 'a="say \\"no\\""'],
    ['b=c', 'a="b=c"'],
    ['c:\\', 'a=c:\\'],
    ['one\ntwo', 'a=one\\ntwo'],
    ['\u001b[31m', 'a=\\x1b[31m'],
  ] as const;
  for (const [value, expected] of cases) {
    t.equal(formatText({ ...record, event: undefined, message: 'm', fields: [['a', value]] }), `m ${expected}`);
  }
});

t.test('the journal reads the severity from the front', async (t) => {
  t.equal(formatPrefixed(record), '<4>session started event=session.start service=echo');
  t.equal(formatPrefixed({ ...record, severity: 'emerg', message: '<7>x\n<7>y' }).split('\n').length, 1);
});
