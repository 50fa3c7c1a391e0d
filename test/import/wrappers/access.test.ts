import t from 'tap';

import { accessOfDaemon } from '../../../src/import/wrappers/access.ts';
import { parseHosts } from '../../../src/import/wrappers/grammar.ts';

const all = ['0.0.0.0/0', '::/0'];

function accessOf(allow: string, deny: string, daemon = 'in.ftpd') {
  return accessOfDaemon(daemon, [
    ...parseHosts(allow, 'hosts.allow', true).rules,
    ...parseHosts(deny, 'hosts.deny', false).rules,
  ]);
}

for (const [allow, deny, access] of [
  ['', '', {}],
  ['', 'ALL: ALL', { deny: all }],
  ['', 'in.telnetd: ALL', {}],
  ['in.ftpd: ALL', 'ALL: ALL', {}],
  ['in.ftpd: 10. .example.com', 'ALL: ALL', { allow: ['10.0.0.0/8', '*.example.com'] }],
  ['ALL EXCEPT in.ftpd: ALL', 'ALL: ALL', { deny: all }],
  ['in.ftpd@192.0.2.1: 10.1.2.3', 'ALL: ALL', { allow: ['10.1.2.3'] }],
  ['', 'in.ftpd: 10.', { deny: ['10.0.0.0/8'] }],
  ['in.ftpd: 10.1.', 'in.ftpd: 10.', { allow: ['10.1.0.0/16', ...all], deny: ['10.0.0.0/8'] }],
  ['ALL: 10. EXCEPT 10.1.2.3', 'ALL: ALL', { allow: ['10.0.0.0/8'], deny: ['10.1.2.3'] }],
  ['ALL: 10. EXCEPT 10.1.2.3', 'ALL: 10.', { deny: ['10.1.2.3'] }],
  ['ALL: ALL EXCEPT .example.com: allow\nALL: ALL: deny', '', { deny: ['*.example.com'] }],
  ['ALL: [2001:db8::]/32', 'ALL: ALL', { allow: ['2001:db8::/32'] }],
  ['ALL: 10.: deny\nALL: ALL: allow', 'ALL: ALL', { deny: ['10.0.0.0/8'] }],
] as const) {
  t.same(accessOf(allow, deny), { access, remarks: [], isLoose: false }, `${allow} | ${deny}`);
}

t.test('what was allowed by words we do not have is not allowed any more', async (t) => {
  t.same(accessOf('ALL: LOCAL 10. @trusted', 'ALL: ALL'), {
    access: { allow: ['10.0.0.0/8'] },
    remarks: ['hosts.allow:1: "LOCAL" cannot be allowed by us', 'hosts.allow:1: "@trusted" cannot be allowed by us'],
    isLoose: false,
  });
});

t.test('what was refused by words we do not have leaves a service open', async (t) => {
  t.match(accessOf('', 'ALL: UNKNOWN'), { access: {}, isLoose: true });
  t.match(accessOf('', 'ALL: /etc/evil.hosts'), { isLoose: true });
  t.match(accessOf('', 'ALL: user@example.com'), { isLoose: true });
  t.match(accessOf('', 'ALL: PARANOID'), {
    isLoose: false,
    remarks: ['hosts.deny:1: "PARANOID" cannot be refused by us'],
  });
});

t.test('what a rule would have done besides is told', async (t) => {
  t.same(accessOf('', 'ALL: ALL: spawn (/usr/bin/logger %h) &').remarks, ['hosts.deny:1: spawn is left out']);
  t.same(accessOf('ALL: 10. EXCEPT 10.1. EXCEPT 10.1.1.', 'ALL: ALL').remarks, [
    'hosts.allow:1: the second EXCEPT is left out',
  ]);
});
