import t from 'tap';

import {
  createFastCgiReader,
  encodeFastCgiRequest,
  encodePairs,
  encodeStdin,
  FastCgiError,
  numberAfter,
  type FastCgiRecord,
} from '../../src/wire/fastcgi.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

t.test('a request is begin, parameters, and their end', async (t) => {
  t.equal(
    encodeFastCgiRequest({ request: 1, variables: { A: 'bc' }, keep: false }).toString('hex'),
    // type 1: responder, no flags; type 4: five bytes; type 4: the end.
    hex('0101000100080000 0001000000000000 0104000100050000 0102416263 0104000100000000').toString('hex'),
  );
  t.equal(encodeFastCgiRequest({ request: 1, variables: {}, keep: true })[10], 1, 'keep the connection');
});

t.test('requests on a connection are numbered', async (t) => {
  t.same([0, 1, 65_534, 65_535].map(numberAfter), [1, 2, 65_535, 1]);
  const request = encodeFastCgiRequest({ request: 0x1234, variables: { A: 'bc' }, keep: true });
  t.equal(
    request.toString('hex'),
    hex('0101123400080000 0001010000000000 0104123400050000 0102416263 0104123400000000').toString('hex'),
  );
  t.equal(encodeStdin(0x1234, Buffer.alloc(0)).toString('hex'), '0105123400000000');
  const late = hex('0106000100000000');
  t.throws(() => [...createFastCgiReader(2).push(late)], {
    message: 'the backend answers request 1, and was asked request 2',
  });
});

t.test('lengths from 128 on have four bytes', async (t) => {
  const short = encodePairs({ A: 'x'.repeat(127) });
  t.same([...short.subarray(0, 3)], [1, 127, 65]);
  const long = encodePairs({ A: 'x'.repeat(128) });
  t.same([...long.subarray(0, 6)], [1, 0x80, 0, 0, 128, 65]);
  const large = encodePairs({ A: 'x'.repeat(70_000) });
  t.same([...large.subarray(0, 5)], [1, 0x80, 1, 0x11, 0x70]);
});

t.test('a stream is cut into records', async (t) => {
  t.equal(encodeStdin(1, Buffer.from('abc')).toString('latin1'), '\x01\x05\0\x01\0\x03\0\0abc');
  t.equal(encodeStdin(1, Buffer.alloc(0)).toString('hex'), '0105000100000000');
  const two = encodeStdin(1, Buffer.alloc(65_536));
  t.equal(two.length, 65_536 + 16);
  t.equal(two.readUInt16BE(4), 65_535);
  t.equal(two.readUInt16BE(8 + 65_535 + 4), 1);
});

const answer = Buffer.concat([
  hex('0106000100050300'),
  Buffer.from('hello...'),
  hex('0107000100020000'),
  Buffer.from('no'),
  // Type 11, of no request: an unknown type, as the backend sees it.
  hex('010b000000080000 0900000000000000'),
  hex('0106000100000000'),
  hex('0103000100080000 0000000200000000'),
]);

const told = (record: FastCgiRecord): unknown =>
  record.type === 'end' ? [record.type, record.appStatus, record.how] : [record.type, record.content.toString()];

t.test('records are read however they come', async (t) => {
  const expected = [
    ['stdout', 'hello'],
    ['stderr', 'no'],
    ['stdout', ''],
    ['end', 2, 'complete'],
  ];
  t.same([...createFastCgiReader(1).push(answer)].map(told), expected);
  const reader = createFastCgiReader(1);
  const bytewise = [...answer].flatMap((byte) => [...reader.push(Buffer.of(byte))].map(told));
  t.same(bytewise, expected);
});

t.test('the end says how', async (t) => {
  const cases = [
    ['00', 'complete'],
    ['01', 'cannot multiplex'],
    ['02', 'overloaded'],
    ['03', 'unknown role'],
    ['09', 'unknown role'],
  ];
  for (const [code, how] of cases) {
    const records = [...createFastCgiReader(1).push(hex(`0103000100080000 00000000${code}000000`))];
    t.same(records, [{ type: 'end', appStatus: 0, how }]);
  }
});

t.test('what is no FastCGI is refused', async (t) => {
  for (const bytes of [
    Buffer.from('HTTP/1.1 400'),
    hex('0206'),
    hex('0106000200010000 00'),
    hex('0103000100020000 0000'),
  ]) {
    t.throws(() => [...createFastCgiReader(1).push(bytes)], FastCgiError, bytes.toString('hex'));
  }
});
