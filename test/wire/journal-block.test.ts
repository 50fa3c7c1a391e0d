import t from 'tap';

import type { JournalEntry } from '../../src/contract/journal.ts';
import { endOf, formatEntry, parseBlock } from '../../src/wire/journal-block.ts';

const entry: JournalEntry = {
  id: '0123456789ab',
  service: 'mail',
  peer: '192.0.2.1:40000',
  local: '127.0.0.1:2525',
  account: 'alice',
  tls: 'TLSv1.3',
  started: 1_767_225_600_000,
  duration: 1.234567,
  bytes: { in: 10, out: 20 },
  reason: 'end',
};

t.test('an entry is its fields, with nothing around them', async (t) => {
  const cases: [Partial<JournalEntry>, string][] = [
    [{}, '0123456789ab|mail|192.0.2.1:40000|127.0.0.1:2525|alice|TLSv1.3|1767225600000|1234567|10|20|end'],
    [
      { account: null, tls: null, bytes: { in: null, out: null }, reason: 'kick' },
      '0123456789ab|mail|192.0.2.1:40000|127.0.0.1:2525|||1767225600000|1234567|||kick',
    ],
    [
      { peer: '[fe80::1%eth0]:1', bytes: { in: 0, out: 0 }, duration: 0 },
      '0123456789ab|mail|[fe80::1%25eth0]:1|127.0.0.1:2525|alice|TLSv1.3|1767225600000|0|0|0|end',
    ],
    [
      { peer: '/a|b;c"d\\e\n\0\u007f', local: 'unix' },
      '0123456789ab|mail|/a%7cb%3bc%22d%5ce%0a%00%7f|unix|alice|TLSv1.3|1767225600000|1234567|10|20|end',
    ],
  ];
  for (const [changes, text] of cases) t.equal(formatEntry({ ...entry, ...changes }), text);
});

t.test('what was written is read', async (t) => {
  const entries: JournalEntry[] = [
    entry,
    { ...entry, account: null, tls: null, bytes: { in: null, out: 0 }, reason: 'error' },
    { ...entry, peer: '[fe80::1%eth0]:1', local: '/run/a|b;c%7c"\\\u0001é漢😀' },
    { ...entry, peer: '', duration: 8_640_000.000001, bytes: { in: 9_007_199_254_740_991, out: 1 } },
  ];
  t.same(parseBlock(entries.map(formatEntry).join(';')), { entries, damaged: 0 });
  t.same(parseBlock(''), { entries: [], damaged: 0 });
});

t.test('nothing in it needs an escape in JSON, however often it is put into it', async (t) => {
  const every = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join('');
  const text = formatEntry({ ...entry, peer: `${every}\ud800x`, account: every });
  t.equal(JSON.stringify(text), `"${text}"`);
  t.equal(parseBlock(text).entries[0]?.peer, `${every}\ufffdx`, 'half a character is none');
});

t.test('a damaged entry is left out and counted, the others are read', async (t) => {
  const good = formatEntry(entry);
  const damaged = [
    '',
    'x',
    good.slice(0, -4),
    `${good}|`,
    good.replace('|end', '|END'),
    good.replace('|end', '|constructor'),
    good.replace('1767225600000', ''),
    good.replace('1767225600000', '-1'),
    good.replace('1767225600000', '1e3'),
    good.replace('1767225600000', '0x10'),
    good.replace('1767225600000', '99999999999999999999'),
    good.replace('|1234567', '| 1'),
    good.replace('|10|', '|ten|'),
    good.replace('|20|', '|NaN|'),
    good.replace('0123456789ab', ''),
    good.replace('mail', ''),
  ];
  for (const text of damaged)
    t.same(parseBlock(`${good};${text};${good}`), { entries: [entry, entry], damaged: 1 }, text);
});

t.test('the end is the same before and after', async (t) => {
  const durations = [0, 0.0004999, 0.0005, 0.0014999996, 1.2345, 1.2344999, 86_400.0005];
  for (const duration of durations) {
    const before = { ...entry, duration };
    const [after] = parseBlock(formatEntry(before)).entries;
    t.equal(after && endOf(after), endOf(before), String(duration));
  }
  t.equal(endOf({ ...entry, started: 1_000, duration: 1.5 }), 2_500);
});
