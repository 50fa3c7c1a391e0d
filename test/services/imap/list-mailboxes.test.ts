import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { setUp } from './stage.ts';

t.test('lists', async (t) => {
  const { enter, maildir } = await setUp(t);
  const { ask } = await enter();
  for (const command of [
    'CREATE Sent',
    'CREATE A.B',
    'CREATE Old.Deep.Er',
    'SUBSCRIBE A.B',
    'SUBSCRIBE gone',
    'SUBSCRIBE Sent',
  ]) {
    await ask(command);
  }
  fs.rmSync(join(maildir, '.Old'), { recursive: true });
  const [inbox, a, ab, old] = [
    '* LIST (\\HasNoChildren) "." "INBOX"',
    '* LIST (\\HasChildren) "." "A"',
    '* LIST (\\HasNoChildren) "." "A.B"',
    '* LIST (\\NonExistent \\Noselect \\HasChildren) "." "Old"',
  ];
  const [deep, deeper, sent] = [
    '* LIST (\\HasChildren) "." "Old.Deep"',
    '* LIST (\\HasNoChildren) "." "Old.Deep.Er"',
    '* LIST (\\HasNoChildren \\Sent) "." "Sent"',
  ];
  const cases: readonly (readonly [command: string, lines: readonly string[]])[] = [
    ['LIST "" ""', ['* LIST (\\Noselect) "." ""']],
    ['LIST "" *', [inbox, a, ab, old, deep, deeper, sent]],
    ['LIST "" %', [inbox, a, old, sent]],
    ['LIST "" inbox', [inbox]],
    ['LIST A. %', [ab]],
    ['LIST "" (Sent A.%)', [ab, sent]],
    ['LIST "" nobody', []],
    ['LIST (SPECIAL-USE) "" *', [sent]],
    [
      'LIST (SUBSCRIBED) "" *',
      [
        '* LIST (\\HasNoChildren \\Subscribed) "." "A.B"',
        '* LIST (\\HasNoChildren \\Sent \\Subscribed) "." "Sent"',
        '* LIST (\\NonExistent \\Noselect \\HasNoChildren \\Subscribed) "." "gone"',
      ],
    ],
    ['LIST (SUBSCRIBED RECURSIVEMATCH) "" A', ['* LIST (\\HasChildren) "." "A" ("CHILDINFO" ("SUBSCRIBED"))']],
    ['LIST "" A* RETURN (SUBSCRIBED)', [a, '* LIST (\\HasNoChildren \\Subscribed) "." "A.B"']],
    ['LIST "" Sent RETURN (STATUS (MESSAGES UIDNEXT))', [sent, '* STATUS "Sent" (MESSAGES 0 UIDNEXT 1)']],
    ['LSUB "" *', ['* LSUB () "." "A.B"', '* LSUB () "." "Sent"', '* LSUB () "." "gone"']],
    ['LSUB "" %', ['* LSUB (\\Noselect) "." "A"', '* LSUB () "." "Sent"', '* LSUB () "." "gone"']],
  ];
  for (const [command, lines] of cases) t.same(await ask(command), [...lines, 'OK Done'], command);
});
