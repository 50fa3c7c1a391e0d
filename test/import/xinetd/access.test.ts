import t from 'tap';

import { accessOf } from '../../../src/import/xinetd/access.ts';

const all = ['0.0.0.0/0', '::/0'];

for (const [onlyFrom, noAccess, access] of [
  [null, null, {}],
  ['127.0.0.1', null, { allow: ['127.0.0.1'] }],
  ['10.0.0.0 128.138.12.0 128.138.0.0', null, { allow: ['10.0.0.0/8', '128.138.12.0/24', '128.138.0.0/16'] }],
  ['0.0.0.0', null, { allow: ['0.0.0.0/0'] }],
  ['0.0.0.0/0', null, { allow: ['0.0.0.0/0'] }],
  ['0.0.0.0 ::/0', null, {}],
  ['10.1 192.0.2.', null, { allow: ['10.1.0.0/16', '192.0.2.0/24'] }],
  ['192.0.2.{4,5}', null, { allow: ['192.0.2.4', '192.0.2.5'] }],
  ['10.{1,2}', null, { allow: ['10.1.0.0/16', '10.2.0.0/16'] }],
  ['10.0.0.0/12 2001:db8::/32', null, { allow: ['10.0.0.0/12', '2001:db8::/32'] }],
  ['.example.com host.example.org', null, { allow: ['*.example.com', 'host.example.org'] }],
  ['', null, { deny: all }],
  ['', '10.0.0.1', { deny: all }],
  [null, '10.0.0.1', { deny: ['10.0.0.1'] }],
  ['10.0.0.0', '10.0.0.1', { allow: ['10.0.0.0/8'], deny: ['10.0.0.1'] }],
] as const) {
  const words = (text: string | null): string[] | null =>
    text === null ? null : text.split(' ').filter((word) => word !== '');
  t.same(
    accessOf(words(onlyFrom), words(noAccess)),
    { access, remarks: [], isLoose: false },
    `${onlyFrom} | ${noAccess}`,
  );
}

t.test('what is no address', async (t) => {
  t.same(accessOf(['1.2.3.{', '10.0.0.1'], null), {
    access: { allow: ['10.0.0.1'] },
    remarks: ['left out: "1.2.3.{" of only_from is no address, network or name'],
    isLoose: false,
  });
  t.match(accessOf(['!'], null), { access: { deny: all } }, 'nobody, rather than all');
  t.match(accessOf(null, ['10.0.0.0/99']), { access: {}, isLoose: true });
});
