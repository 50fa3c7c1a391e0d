import t from 'tap';

import { parseHosts } from '../../../src/import/wrappers/grammar.ts';

const text = `# hosts.allow
ALL: LOCAL @some_netgroup
in.ftpd, in.telnetd : .example.com EXCEPT a.example.com : ALLOW
ALL EXCEPT in.fingerd: 10. 192.0.2.0/255.255.255.0 : deny
sshd : [2001:db8::]/32, \\
  10.1.
in.tftpd: ALL: (safe_finger -l @%h) &
in.x: ALL: severity auth.info : twist /bin/echo no\\: never
nonsense
a : : allow
`;

t.test('takes rules apart', async (t) => {
  const list = (...members: string[]) => ({ members, except: null });
  const common = { file: 'hosts.allow', isAllowed: true, extras: [] };
  t.strictSame(parseHosts(text, 'hosts.allow', true), {
    rules: [
      { ...common, line: 2, daemons: list('ALL'), peers: list('LOCAL', '@some_netgroup') },
      {
        ...common,
        line: 3,
        daemons: list('in.ftpd', 'in.telnetd'),
        peers: { members: ['.example.com'], except: list('a.example.com') },
      },
      {
        ...common,
        line: 4,
        daemons: { members: ['ALL'], except: list('in.fingerd') },
        peers: list('10.', '192.0.2.0/255.255.255.0'),
        isAllowed: false,
      },
      { ...common, line: 5, daemons: list('sshd'), peers: list('[2001:db8::]/32', '10.1.') },
      { ...common, line: 7, daemons: list('in.tftpd'), peers: list('ALL'), extras: ['a shell command'] },
      { ...common, line: 8, daemons: list('in.x'), peers: list('ALL'), extras: ['severity', 'twist'] },
    ],
    wrong: [
      { line: 9, text: 'nonsense' },
      { line: 10, text: 'a : : allow' },
    ],
  });
});

t.test('the file says what a rule means that does not say it', async (t) => {
  const verdicts = (isAllowed: boolean): boolean[] =>
    parseHosts('a: b\na: b: allow\na: b: deny\n', 'f', isAllowed).rules.map((rule) => rule.isAllowed);
  t.same(verdicts(true), [true, true, false]);
  t.same(verdicts(false), [false, true, false]);
});

t.test('a line that goes on to the end of the file is one', async (t) => {
  t.equal(parseHosts('a: b \\', 'f', true).rules.length, 1);
});
