import t from 'tap';

import { createDraft, type Draft } from '../../src/import/draft.ts';
import { finish } from '../../src/import/finish.ts';
import { machine } from './stage.ts';

function draft(name: string, address: string, more: Partial<Draft> = {}): Draft {
  return Object.assign(createDraft({ file: 'f', line: 1, text: '' }, name, 'exec'), { listen: [{ address }], ...more });
}

t.test('namesakes get names of their own, those that are served first', async (t) => {
  const drafts = [
    draft('ftp', 'tcp://*:21', { isEnabled: false }),
    draft('ftp', 'tcp://*:2121'),
    draft('ftp', 'udp://*:21'),
    draft('ftp', 'udp://*:22'),
    draft('tcpmux/+a b', 'tcp://*:1'),
    draft('...', 'tcp://*:2'),
    draft('x'.repeat(80), 'tcp://*:3'),
  ];
  finish(drafts, machine);
  t.same(
    drafts.map(({ name }) => name),
    ['ftp-tcp', 'ftp', 'ftp-udp', 'ftp-2', 'tcpmux-a-b', 'service', 'x'.repeat(56)],
  );
});

t.test('who is not there is not named', async (t) => {
  const drafts = [
    draft('a', 'tcp://*:1', { user: 'gone', group: 'tty' }),
    draft('b', 'tcp://*:2', { user: 'nobody', group: 'gone' }),
    draft('c', 'tcp://*:3', { user: 'no body' }),
    draft('d', 'tcp://*:4', { user: 'root', group: 'tty' }),
    draft('e', 'tcp://*:5', { user: 'gone', hasMainGroupOnly: true }),
  ];
  finish(drafts, machine);
  t.same(
    drafts.map(({ user, group, isEnabled, remarks }) => [user, group, isEnabled, ...remarks]),
    [
      [null, null, false, 'there is no user "gone" here: not enabled; it needs "user: gone", "group: tty"'],
      ['nobody', null, false, 'there is no group "gone" here: not enabled; it needs "group: gone"'],
      [null, null, false, 'there is no user "no body" here: not enabled; it needs "user: no body"'],
      ['root', 'tty', true],
      [null, null, false, 'there is no user "gone" here: not enabled; it needs "user: gone", "groups: primary"'],
    ],
  );
});

t.test('numbers become the names that they have here', async (t) => {
  const drafts = [
    draft('a', 'tcp://*:1', { user: '65534', group: '8' }),
    draft('b', 'tcp://*:2', { user: '4242', hasMainGroupOnly: true }),
    draft('c', 'tcp://*:3', { user: '0', group: '4242' }),
    draft('d', 'tcp://*:4', { user: '65534000000', group: '8' }),
  ];
  finish(drafts, machine);
  t.same(
    drafts.map(({ user, group, isEnabled, remarks }) => [user, group, isEnabled, ...remarks]),
    [
      ['nobody', 'mail', true],
      [null, null, false, 'no user here has the number 4242: not enabled; it needs "user: NAME", "groups: primary"'],
      ['root', null, false, 'no group here has the number 4242: not enabled; it needs "group: NAME"'],
      [
        null,
        null,
        false,
        'there is no user "65534000000" here: not enabled; it needs "user: 65534000000", "group: mail"',
      ],
    ],
  );
});

t.test('what only root may is judged by the name of a number', async (t) => {
  const drafts = ['0', '65534', '4242'].map((user, index) =>
    draft(user, `tcp://*:${index + 1}`, { user, options: { nice: -5 } }),
  );
  finish(drafts, machine);
  t.same(
    drafts.map(({ options }) => options),
    [{ nice: -5 }, {}, {}],
  );
});

t.test('an address must be one, and its own', async (t) => {
  const drafts = [
    draft('a', 'tcp://*:no-such-port'),
    draft('b', 'tcp://*:80'),
    draft('c', 'tcp://127.0.0.1:80'),
    draft('d', 'tcp://*:80', { isEnabled: false }),
    draft('e', 'udp://*:80'),
    draft('f', 'tcp://*:81', { listen: [{ address: 'tcp://*:81' }, { address: 'tcp://127.0.0.1:81' }] }),
  ];
  finish(drafts, machine);
  t.same(
    drafts.map(({ isEnabled, listen, remarks }) => [isEnabled, listen.length, ...remarks]),
    [
      [
        false,
        0,
        'cannot listen there: expected a port number, or a name that the services database knows, got "tcp://*:no-such-port"',
        'not enabled: it has no address to listen on',
      ],
      [true, 1],
      [false, 1, 'not enabled: "b" has its address (tcp://*:80, tcp://127.0.0.1:80)'],
      [false, 1],
      [true, 1],
      [false, 2, 'not enabled: it has two addresses that are one (tcp://*:81, tcp://127.0.0.1:81)'],
    ],
  );
});
