import t from 'tap';

import {
  bits,
  bmpText,
  encode,
  encoded,
  integer,
  nothing,
  objectId,
  octets,
  sequence,
  set,
  tagged,
  taggedBytes,
  time,
  truth,
  utf8Text,
} from '../../src/certificates/der.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

for (const [what, node, expected] of [
  ['zero', integer(0), '020100'],
  ['127', integer(127), '02017f'],
  ['128, which needs a byte to stay positive', integer(128), '02020080'],
  ['100,000', integer(100_000), '02030186a0'],
  ['a serial number', integer(bytes('4102')), '02024102'],
  ['a serial number that begins with a one', integer(bytes('8102')), '0203008102'],
  ['an object identifier', objectId('1.2.840.113549.1.7.1'), '06092a864886f70d010701'],
  ['an object identifier of three parts', objectId('2.5.29.17'), '0603551d11'],
  ['octets', octets(bytes('00ff80')), '040300ff80'],
  ['bits', bits(bytes('ff00')), '030300ff00'],
  ['bits, one of which is not used', bits(bytes('06'), 1), '03020106'],
  ['text', utf8Text('Zoë'), '0c045a6fc3ab'],
  ['text of two bytes a character', bmpText('é'), '1e0200e9'],
  ['true', truth(true), '0101ff'],
  ['false', truth(false), '010100'],
  ['null', nothing(), '0500'],
  ['an empty sequence', sequence(), '3000'],
  ['a sequence', sequence(integer(1), nothing()), '30050201010500'],
  ['a set, in the order of its members', set(integer(2), integer(1)), '3106020101020102'],
  ['an explicit tag', tagged(0, integer(2)), 'a003020102'],
  ['an implicit tag', taggedBytes(2, Buffer.from('a')), '820161'],
  ['what is DER already', sequence(encoded(bytes('30020500'))), '300430020500'],
  ['the last second of two digits', time(Date.UTC(2049, 11, 31, 23, 59, 59, 999)), '170d3439313233313233353935395a'],
  ['the first second of four', time(Date.UTC(2050, 0, 1)), '180f32303530303130313030303030305a'],
] as const) {
  t.test(what, async (t) => {
    t.equal(encode(node).toString('hex'), expected);
  });
}

for (const length of [127, 128, 255, 256, 65_535, 65_536]) {
  t.test(`${length} bytes have their length before them, and keep it`, async (t) => {
    const der = encode(octets(Buffer.alloc(length, 7)));
    const head = { 127: '047f', 128: '048180', 255: '0481ff', 256: '04820100', 65535: '0482ffff', 65536: '0483010000' };
    t.equal(der.subarray(0, der.length - length).toString('hex'), head[length as keyof typeof head]);
    t.same(encode(encoded(der)), der);
  });
}
