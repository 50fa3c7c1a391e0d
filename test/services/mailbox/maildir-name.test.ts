import t from 'tap';

import { compareNames, nameInCur, octetsInName, uidOf, uniqueOf } from '../../../src/services/mailbox/maildir-name.ts';

t.test('what stays of a name', async (t) => {
  t.equal(uniqueOf('1.a.host'), '1.a.host');
  t.equal(uniqueOf('1.a.host,S=1:2,RS'), '1.a.host,S=1');
  t.equal(uidOf('1.a.host,S=1,W=2:2,S'), '1.a.host,S=1,W=2');
  t.equal(uidOf('x'.repeat(70)), 'x'.repeat(70));
});

t.test('a name that is no UID has its hash', async (t) => {
  t.equal(uidOf('a b'), 'yGh6CKpdbtIEQyj6aml6uOltw0KR6MIDSujDjm_MbWU');
  for (const name of ['x'.repeat(71), 'n\xe4me', 'a\nb', '']) t.match(uidOf(name), /^[\w-]{43}$/, name);
  t.equal(uidOf('a b:2,S'), uidOf('a b'), 'whatever its flags');
});

t.test('the size in a name', async (t) => {
  const cases: readonly (readonly [name: string, octets: number | null])[] = [
    ['1.a.host,S=10,W=12', 12],
    ['1.a.host,S=10,W=12:2,S', 12],
    ['1.a.host,W=0,S=10', 0],
    ['1.a.host,S=10', null],
    ['1.a.host,W=', null],
    ['1.a.host,W=1x', null],
    ['1.a.host,W=1234567890123456', null],
    ['1.a.host:2,W=1', 1],
  ];
  for (const [name, octets] of cases) t.equal(octetsInName(name), octets, name);
});

t.test('names in cur', async (t) => {
  const cases: readonly (readonly [name: string, kept: string, read: string])[] = [
    ['1.a', '1.a:2,', '1.a:2,S'],
    ['1.a:2,', '1.a:2,', '1.a:2,S'],
    ['1.a:2,RF', '1.a:2,FR', '1.a:2,FRS'],
    ['1.a:2,S', '1.a:2,S', '1.a:2,S'],
    ['1.a:1,other', '1.a:1,other', '1.a:1,other'],
  ];
  for (const [name, kept, read] of cases) {
    t.equal(nameInCur(name, { isSeen: false }), kept);
    t.equal(nameInCur(name, { isSeen: true }), read);
  }
});

t.test('older first', async (t) => {
  const names = ['10.b', '9.z', 'x', '10.a', '', '0099.c', '100.a'];
  t.same(names.sort(compareNames), ['', 'x', '9.z', '10.a', '10.b', '0099.c', '100.a']);
});
