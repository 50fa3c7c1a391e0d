import t from 'tap';

import type { Item, MailFacts } from '../../src/contract/item.ts';
import { renderPath, shortened } from '../../src/deliveries/templates.ts';
import { queuedItem } from '../support/spool.ts';

function item(more: Partial<Item> = {}): Item {
  const { folder: _, file: __, offset: ___, ...facts } = queuedItem('00000000000000000007');
  const unread = (): never => t.fail('nobody reads it') as never;
  return { ...facts, name: 'scan.pdf', open: unread, openFile: unread, ...more };
}

const mail = (more: Partial<MailFacts>): MailFacts => ({
  from: 'printer@office.example',
  to: ['alice@example.com', 'bob@example.com'],
  subject: 'Scan of page 1',
  ...more,
});

const when = new Date(2026, 0, 2, 3, 4, 5).getTime();

const cases: readonly (readonly [template: string, more: Partial<Item>, parts: string[]])[] = [
  ['{name}', {}, ['scan.pdf']],
  ['{date}/{time}-{name}', { received: when }, ['2026-01-02', '030405-scan.pdf']],
  ['{service}/{account}/{id}.{extension}', { account: 'alice' }, ['drop', 'alice', '00000000000000000007.pdf']],
  ['{account}', {}, ['anonymous']],
  ['{from}/{to}/{subject}', { mail: mail({}) }, ['printer@office.example', 'alice@example.com', 'Scan of page 1']],
  // A bounce has no sender, a file neither sender nor subject.
  ['{from}/{name}', { mail: mail({ from: '' }) }, ['_', 'scan.pdf']],
  ['{subject}/{name}', { mail: mail({ subject: null }) }, ['_', 'scan.pdf']],
  ['{from}-{to}', {}, ['-']],
  ['{extension}', { name: 'README' }, ['_']],
  // What a peer says makes no folders, hides nothing and moves no cursor.
  ['{subject}', { mail: mail({ subject: '../../etc/passwd' }) }, ['_.._.._etc_passwd']],
  ['a/{subject}/b', { mail: mail({ subject: '..' }) }, ['a', '_..', 'b']],
  ['{subject}', { mail: mail({ subject: '.bashrc' }) }, ['_.bashrc']],
  ['{subject}.txt', { mail: mail({ subject: 'a\0b\r\nc\u001b[2J\u202ed' }) }, ['a_b__c_[2J_d.txt']],
  ['{subject}', { mail: mail({ subject: 'a\\b' }) }, ['a_b']],
  ['{subject}', { mail: mail({ subject: '{name}' }) }, ['{name}']],
  ['{subject}', { mail: mail({ subject: '\ud800' }) }, ['\ufffd']],
];

t.test('parts of a path', async (t) => {
  for (const [template, more, parts] of cases) t.same(renderPath(template, item(more)), parts, template);
});

t.test('a part has at most 255 bytes, and keeps its extension', async (t) => {
  const name = (length: number): string => `${'x'.repeat(length - 4)}.pdf`;
  t.same(renderPath('{name}', item({ name: name(255) })), [name(255)]);
  t.same(renderPath('{id}-{name}', item({ name: name(255) })), [`00000000000000000007-${'x'.repeat(230)}.pdf`]);
  const [long = ''] = renderPath('{subject}', item({ mail: mail({ subject: 'ä'.repeat(300) }) }));
  t.equal(long, 'ä'.repeat(127));
});

t.test('a cut is never within a character', async (t) => {
  t.equal(shortened('abc', 3), 'abc');
  t.equal(shortened('abcd', 3), 'abc');
  t.equal(shortened('aää', 4), 'aä');
  t.equal(shortened('😀😀', 7), '😀');
  t.equal(shortened(`a.${'b'.repeat(40)}`, 10), 'a.bbbbbbbb');
});
