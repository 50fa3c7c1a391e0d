import t from 'tap';

import { dateOf, protocolName, traceLines, type Trace } from '../../../src/services/smtp/trace.ts';

const trace: Trace = {
  from: 'a@from.example',
  to: ['b@to.example'],
  helo: 'me.example',
  address: '2001:db8::1',
  hostname: 'mx.example',
  protocol: 'ESMTPS',
  tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  id: 'abcdefghjkmn.1',
  date: new Date('2026-11-26T00:26:40Z'),
};

t.test('the lines on top of a message', async (t) => {
  t.equal(
    traceLines(trace),
    [
      'Return-Path: <a@from.example>',
      'Received: from me.example ([IPv6:2001:db8::1])',
      '\t(TLSv1.3 TLS_AES_256_GCM_SHA384)',
      '\tby mx.example with ESMTPS id abcdefghjkmn.1',
      '\tfor <b@to.example>;',
      '\tThu, 26 Nov 2026 00:26:40 +0000',
      '',
    ].join('\r\n'),
  );
});

t.test('nothing that a peer says can end a line or open a comment', async (t) => {
  const lines = traceLines({
    ...trace,
    helo: 'a(b;\r\nX: y',
    from: 'a\r\nX: y>@b',
    to: ['a', 'b'],
    address: '',
    tls: null,
  });
  t.equal(
    lines,
    [
      'Return-Path: <a??X: y?@b>',
      'Received: from a?b???X:?y (local)',
      '\tby mx.example with ESMTPS id abcdefghjkmn.1;',
      '\tThu, 26 Nov 2026 00:26:40 +0000',
      '',
    ].join('\r\n'),
  );
  t.match(traceLines({ ...trace, helo: '' }), /from unknown \(/);
  t.match(traceLines({ ...trace, helo: 'x'.repeat(300) }), new RegExp(`from x{255} \\(`));
});

t.test('protocols', async (t) => {
  t.equal(protocolName('ESMTPSA', false), 'ESMTPSA');
  t.equal(protocolName('ESMTPSA', true), 'UTF8SMTPSA');
  t.equal(protocolName('SMTP', true), 'SMTP');
});

t.test('dates', async (t) => {
  t.equal(dateOf(new Date(0)), 'Thu, 01 Jan 1970 00:00:00 +0000');
});
