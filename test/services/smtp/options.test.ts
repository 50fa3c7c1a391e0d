import t from 'tap';

import { ownName, smtpOptions } from '../../../src/services/smtp/options.ts';

t.test('defaults', async (t) => {
  t.match(smtpOptions.parse({}), {
    max_size: 26_214_400,
    max_recipients: 100,
    max_messages: 1000,
    max_errors: 20,
    recipients: undefined,
    auth: 'none',
    require_tls: false,
    xclient: [],
    checks: [],
  });
});

t.test('mistakes', async (t) => {
  const cases: readonly (readonly [options: object, message: string])[] = [
    [{ hostname: 'a b' }, 'expected a host name such as "mail.example.com"'],
    [
      { recipients: ['scans.example'] },
      'expected a pattern of mail addresses such as "*@scans.example", got "scans.example"',
    ],
    [{ max_size: '25 megs' }, 'expected a size such as "25MB", got "25 megs"'],
  ];
  for (const [options, message] of cases)
    t.equal(smtpOptions.safeParse(options).error?.issues[0]?.message, message, JSON.stringify(options));
  t.equal(smtpOptions.safeParse({ max_recipients: 10_001 }).success, false);
  t.equal(smtpOptions.safeParse({ max_recipients: 10_000 }).success, true);
});

t.test('our own name', async (t) => {
  t.equal(ownName(smtpOptions.parse({ hostname: 'mx.example' })), 'mx.example');
  t.match(ownName(smtpOptions.parse({})), /^[A-Za-z0-9.-]+$/);
});
