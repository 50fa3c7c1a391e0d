import t from 'tap';

import { renders } from '../../../src/services/syslog/render.ts';

const received = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const taken = (bytes: string | Buffer, isCut = false) => ({
  bytes: Buffer.from(bytes),
  isCut,
  peer: '192.0.2.1:514',
  received,
});
const json = (bytes: string | Buffer, isCut = false) => JSON.parse(renders.json(taken(bytes, isCut)));

t.test('a line of JSON has a fixed order, and null for what is not known', async (t) => {
  t.equal(
    renders.json(taken('<165>1 2026-01-02T03:04:05.5+01:00 web1 app 12 M1 [a@1 x="1"] hello')),
    '{"time":"2026-01-02T02:04:05.5Z","received":"2026-01-02T03:04:05.006Z","facility":"local4","severity":"notice",' +
      '"host":"web1","app":"app","process":"12","message_id":"M1","structured":{"a@1":{"x":"1"}},"message":"hello",' +
      '"peer":"192.0.2.1:514","raw":"<165>1 2026-01-02T03:04:05.5+01:00 web1 app 12 M1 [a@1 x=\\"1\\"] hello"}\n',
  );
  t.same(json('hello'), {
    time: null,
    received: '2026-01-02T03:04:05.006Z',
    facility: 'user',
    severity: 'notice',
    host: null,
    app: null,
    process: null,
    message_id: null,
    structured: null,
    message: 'hello',
    peer: '192.0.2.1:514',
    raw: 'hello',
  });
});

t.test('every facility and severity has a name', async (t) => {
  t.match(json('<0>x'), { facility: 'kern', severity: 'emerg' });
  t.match(json('<120>x'), { facility: 'clock', severity: 'emerg' });
  t.match(json('<191>x'), { facility: 'local7', severity: 'debug' });
});

t.test('what was cut says so', async (t) => {
  t.match(json('<13>x', true), { truncated: true, raw: '<13>x' });
  t.notOk('truncated' in json('<13>x'));
});

t.test('no byte is lost where it is no UTF-8', async (t) => {
  t.match(json(Buffer.from('<13>Gr\xfc\xdfe', 'latin1')), { encoding: 'latin1', message: 'Grüße', raw: '<13>Grüße' });
  t.notOk('encoding' in json('<13>Grüße'));
  t.equal(renders.raw(taken(Buffer.from('<13>Gr\xfc\xdfe', 'latin1'))), '<13>Grüße\n');
});

t.test('a message is one line and moves no cursor', async (t) => {
  const nasty = '<13>a\nb\r\x1b[2J\u0000\u009b\u202e\u2028"';
  const line = renders.json(taken(nasty));
  t.match(line, /^[ -~]*\n$/);
  t.equal(JSON.parse(line).raw, nasty, 'and JSON has it as it was');
  t.equal(renders.raw(taken(nasty)), '<13>a\\nb\\r\\x1b[2J\\x00\\x9b\\u202e\\u2028"\n');
});

t.test('names that objects have', async (t) => {
  const line = renders.json(taken('<13>1 - - - - - [__proto__ __proto__="1" toString="2"] x'));
  t.match(line, '"structured":{"__proto__":{"__proto__":"1","toString":"2"}}');
});
