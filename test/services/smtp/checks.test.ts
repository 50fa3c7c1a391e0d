import t from 'tap';

import type { ServiceModule } from '../../../src/contract/service.ts';
import { createMailChecks, flawOfChecks, type Authenticate } from '../../../src/services/smtp/checks.ts';
import smtp from '../../../src/services/smtp/index.ts';
import type { SmtpOptions } from '../../../src/services/smtp/options.ts';
import { createSmtpService } from '../../../src/services/smtp/service.ts';
import { opening, setUp } from './stage.ts';

const sender = { address: '192.0.2.1', helo: 'me.example', from: 'a@from.example' };

function checksWith(
  authenticate: Authenticate,
  names: readonly ('spf' | 'dkim' | 'dmarc')[] = ['spf', 'dkim', 'dmarc'],
) {
  return createMailChecks({ names, hostname: 'mx.example', authenticate });
}

t.test('results become a header', async (t) => {
  const asked: unknown[] = [];
  const checks = checksWith(async (message, options) => {
    asked.push(message.toString(), options);
    return {
      spf: { info: 'spf=pass smtp.mailfrom=x' },
      dkim: { results: [{ info: 'dkim=pass\r\nX: y' }, { info: 'dkim=fail' }] },
      dmarc: false,
    };
  });
  t.equal(
    await checks.linesFor([Buffer.from('a'), Buffer.from('b')], sender),
    'Authentication-Results: mx.example;\r\n\tspf=pass smtp.mailfrom=x;\r\n\tdkim=pass X: y;\r\n\tdkim=fail;\r\n\tdmarc=none\r\n',
  );
  t.match(asked, [
    'ab',
    { ip: '192.0.2.1', helo: 'me.example', sender: 'a@from.example', mta: 'mx.example', trustReceived: false },
  ]);
});

t.test('no result says more than it may', async (t) => {
  const told = async (info: string) => {
    const lines = await checksWith(async () => ({ spf: { info } }), ['spf']).linesFor([], sender);
    return lines.slice('Authentication-Results: mx.example;\r\n\t'.length, -2);
  };
  const cases: readonly (readonly [info: string, told: string])[] = [
    ['spf=pass (a (b) c) x="(y"', 'spf=pass (a (b) c) x="(y"'],
    ['spf=fail x=a;dkim=pass', 'spf=fail x=a?dkim=pass'],
    ['spf=fail x=a\r\nX: y', 'spf=fail x=a X: y'],
    ['spf=fail x=(a', 'spf=fail x=?a'],
    ['spf=fail x=a) (b', 'spf=fail x=a? ?b'],
    ['spf=fail (") "a', 'spf=fail ??? ?a'],
    ['spf=fail "\\"', 'spf=fail "?"'],
    ['x'.repeat(1000), 'x'.repeat(900)],
  ];
  for (const [info, wanted] of cases) t.equal(await told(info), wanted, info.slice(0, 30));
});

t.test('only what is asked for is told, and no result is one of a moment', async (t) => {
  const dkim = checksWith(async () => ({ spf: { info: 'spf=pass' } }), ['dkim']);
  t.equal(await dkim.linesFor([], sender), 'Authentication-Results: mx.example;\r\n\tdkim=none\r\n');
  const broken = checksWith(() => Promise.reject(new Error('no name server')), ['spf', 'dkim']);
  t.equal(
    await broken.linesFor([], sender),
    'Authentication-Results: mx.example;\r\n\tspf=temperror;\r\n\tdkim=temperror\r\n',
  );
});

t.test('what says that it is ours and is not', async (t) => {
  const { isForged } = checksWith(async () => ({}));
  const field = (text: string, name = 'authentication-results') => isForged({ name, text });
  t.equal(field('Authentication-Results: MX.example; spf=pass\r\n'), true);
  t.equal(field('Authentication-Results:\r\n\t"mx.example";\r\n spf=pass\r\n'), true);
  t.equal(field('Authentication-Results: other.example; spf=pass\r\n'), false);
  t.equal(field('Subject: mx.example\r\n', 'subject'), false);
});

t.test('messages in memory have a limit together', async (t) => {
  const checks = checksWith(async () => ({}));
  {
    using first = checks.hold();
    first.grow(128 * 1024 ** 2);
    using second = checks.hold();
    t.throws(() => second.grow(1), { name: 'TemporaryError' });
  }
  using third = checks.hold();
  t.doesNotThrow(() => third.grow(128 * 1024 ** 2));
});

t.test('the service puts them on top, and takes away what is forged', async (t) => {
  const checks = checksWith(async (message) => ({ spf: { info: `spf=pass ${message.includes('body')}` } }), ['spf']);
  const module: ServiceModule = {
    ...smtp,
    create: (options, context) => createSmtpService(options as SmtpOptions, context, checks),
  };
  const { say, desk } = await setUp(t, { module });
  await say(`${opening}DATA\r\nAuthentication-Results: mx.example; spf=pass\r\nA: 1\r\n\r\nbody\r\n.\r\n`);
  t.match(
    desk.taken[0]?.text,
    /^Authentication-Results: mx\.example;\r\n\tspf=pass true\r\nReturn-Path: [^]*\+0000\r\nA: 1\r\n\r\nbody\r\n$/,
  );
});

t.test('a package that is not there is a mistake', async (t) => {
  t.equal(flawOfChecks([]), null);
  t.match(flawOfChecks(['spf']) ?? 'npm install mailauth', /npm install mailauth$/);
});
