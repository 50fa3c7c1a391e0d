import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../../src/contract/errors.ts';
import smtp, { createSmtp } from '../../../../src/deliveries/targets/smtp/index.ts';
import type { Names } from '../../../../src/deliveries/targets/smtp/mail-hosts.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem, largeItem, mailFacts, type ItemParts } from '../../../support/fake-item.ts';
import {
  freePort,
  makeCertificates,
  makeFolder,
  needPrograms,
  needProgram,
  runPeer,
  startPeer,
} from '../../../support/peers.ts';
import { startSmtpReceiver, type SmtpReceiverOptions } from '../../../support/smtp-receiver.ts';

const never = new AbortController().signal;

describeTarget(smtp, {
  place: newPlace,
  item: { mail: mailFacts(), mediaType: 'message/rfc822' },
  isIdempotent: false,
});

async function newPlace(t: Test): Promise<Place> {
  const receiver = await startSmtpReceiver(t);
  return {
    options: { host: '127.0.0.1', port: receiver.port },
    arrived: async () => receiver.mails.map(({ size, content }) => ({ size, content })),
    litter: async () => receiver.commands.filter((line) => line.includes('Injected')),
    breakDown: receiver.close,
  };
}

async function open(t: Test, options: Record<string, unknown> = {}, receiver: SmtpReceiverOptions = {}) {
  const server = await startSmtpReceiver(t, receiver);
  const target = await createTarget(smtp, { host: '127.0.0.1', port: server.port, ...options });
  t.teardown(() => target.stop?.());
  return { target, server };
}

const mailItem = (t: Test, parts: ItemParts = {}) =>
  fakeItem(t, { content: 'Subject: x\r\n\r\n.dot\r\n..\r\n', mail: mailFacts(), ...parts });

async function outcome(delivery: Promise<void>): Promise<string> {
  return delivery.then(
    () => 'delivered',
    (error: unknown) => `${error instanceof TemporaryError ? 'later' : 'never'}: ${(error as Error).message}`,
  );
}

t.test('a mail goes on as it is, with the envelope that it came with', async (t) => {
  const { target, server } = await open(t);
  const mail = mailFacts({ to: ['a@x.example', 'b@x.example'] });
  await target.deliver(mailItem(t, { mail }), never);
  const [taken] = server.mails;
  t.match(taken?.from, /^<scanner@office\.example>/);
  t.same(taken?.to, ['<a@x.example>', '<b@x.example>']);
  t.equal(String(taken?.content), 'Subject: x\r\n\r\n.dot\r\n..\r\n');
});

t.test('a bounce has no sender, and is sent on without one', async (t) => {
  const { target, server } = await open(t);
  await target.deliver(mailItem(t, { mail: mailFacts({ from: '' }) }), never);
  t.match(server.mails[0]?.from, /^<>/);
});

t.test('from and to of the delivery take the place of those of the mail', async (t) => {
  const { target, server } = await open(t, { from: 'me@x.example', to: ['you@x.example'] });
  await target.deliver(mailItem(t), never);
  t.match(server.mails[0], { from: /^<me@x\.example>/, to: ['<you@x.example>'] });
});

t.test('ends of lines that are none, and lines of one dot, cannot end the mail early', async (t) => {
  const { target, server } = await open(t);
  const content = 'a\n.\nMAIL FROM:<evil@x.example>\r.\r\n.\r\nb\r\n';
  await target.deliver(mailItem(t, { content }), never);
  t.equal(server.mails.length, 1);
  t.equal(String(server.mails[0]?.content), 'a\r\n.\r\nMAIL FROM:<evil@x.example>\r\n.\r\n.\r\nb\r\n');
  t.equal(server.commands.filter((line) => line.startsWith('MAIL')).length, 1);
});

t.test('a file becomes an attachment, and the same mail at every attempt', async (t) => {
  const { target, server } = await open(t, { to: 'a@x.example' });
  const item = fakeItem(t, { id: 'abc', name: 'Übersicht "1".pdf', content: '%PDF' });
  await target.deliver(item, never);
  const [{ from, content } = { from: '', content: null }] = server.mails;
  t.ok(from.startsWith(`<portico@${hostname()}>`), from);
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const script = [
    'import email,email.policy,sys',
    'm=email.message_from_bytes(sys.stdin.buffer.read(),policy=email.policy.default)',
    'print(m["subject"],m["message-id"],m["x-portico-id"],m["auto-submitted"],m["date"].datetime.isoformat(),sep="|")',
    'for a in m.iter_attachments(): print(a.get_filename(),a.get_content_type(),a.get_content())',
  ].join('\n');
  const read = await runPeer(t, [python, '-c', script], { input: content ?? '' });
  t.equal(
    read.stdout,
    'Übersicht "1".pdf|<abc@portico.invalid>|abc|auto-generated|2026-01-31T12:00:00+00:00\n' +
      `Übersicht "1".pdf application/pdf b'%PDF'\n`,
  );
});

t.test('a large file is attached as it is read', async (t) => {
  const { target, server } = await open(t, { to: 'a@x.example' });
  await target.deliver(largeItem(t, 8 * 1024 ** 2), never);
  t.ok((server.mails[0]?.size ?? 0) > 8 * 1024 ** 2 * 1.33);
});

t.test('a file without a recipient is never sent', async (t) => {
  const { target } = await open(t);
  t.equal(
    await outcome(target.deliver(fakeItem(t), never)),
    'never: it is no mail, and the delivery has no recipient (to)',
  );
});

const answers: readonly (readonly [command: RegExp, answer: string, outcome: RegExp])[] = [
  [/^$/, '554 go away', /^later: scans@portico\.example: 554 go away/],
  [/^$/, '421 too busy', /^later: scans@portico\.example: 421 too busy/],
  [/^MAIL/, '451 not now', /^later: scans@portico\.example: 451 not now/],
  [/^MAIL/, '550 not you', /^never: scans@portico\.example: 550 not you/],
  [/^MAIL/, '552 too large', /^never: scans@portico\.example: 552 too large/],
  [/^RCPT/, '450 greylisted', /^later: scans@portico\.example: 450 greylisted/],
  [/^RCPT/, '550 unknown', /^never: scans@portico\.example: 550 unknown/],
  [/^DATA/, '451 not now', /^later: scans@portico\.example: 451 not now/],
  [/^DATA/, '554 no', /^never: scans@portico\.example: 554 no/],
  [/^\.$/, '452 full', /^later: scans@portico\.example: 452 full/],
  [/^\.$/, '554 spam', /^never: scans@portico\.example: 554 spam/],
];

t.test('4yz is for now, 5yz to a mail is for ever', async (t) => {
  for (const [pattern, answer, expected] of answers) {
    const { target } = await open(t, {}, { answer: (command) => (pattern.test(command) ? answer : null) });
    t.match(await outcome(target.deliver(mailItem(t), never)), expected, `${pattern} ${answer}`);
  }
});

t.test('a mail that is larger than the server takes is refused without being sent', async (t) => {
  const { target, server } = await open(t, {}, { extensions: ['SIZE 10'] });
  t.match(await outcome(target.deliver(mailItem(t), never)), /^never: .*larger than allowed 10/);
  t.equal(server.mails.length, 0);
});

t.test('who has got it does not get it again because of others', async (t) => {
  let isGreylisting = true;
  const { target, server } = await open(
    t,
    {},
    {
      answer(command) {
        if (command.startsWith('RCPT TO:<b@') && isGreylisting) return '450 greylisted';
        return command.startsWith('RCPT TO:<c@') ? '550 unknown' : null;
      },
    },
  );
  const item = mailItem(t, { mail: mailFacts({ to: ['a@x.example', 'b@x.example', 'c@x.example'] }) });
  t.equal(await outcome(target.deliver(item, never)), 'later: b@x.example: 450 greylisted');
  isGreylisting = false;
  t.equal(await outcome(target.deliver(item, never)), 'never: c@x.example: 550 unknown');
  t.same(
    server.mails.map(({ to }) => to),
    [['<a@x.example>'], ['<b@x.example>']],
  );
  t.equal(
    await outcome(target.deliver(item, never)),
    'never: c@x.example: 550 unknown',
    'ordered again, only the rest',
  );
  t.equal(server.mails.length, 2);
});

t.test('a connection is used again, and a kept one that has gone is no failure', async (t) => {
  const { target, server } = await open(
    t,
    {},
    {
      answer: (command, count) => (command.startsWith('MAIL') && count === 3 ? '421 bye' : null),
    },
  );
  await target.deliver(mailItem(t), never);
  await target.deliver(mailItem(t), never);
  t.equal(server.connections(), 1);
});

t.test('TLS', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const files = await makeCertificates(t, openssl, makeFolder(t));
  const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };

  t.test('auto: where it is offered, whoever it is', async (t) => {
    const { target, server } = await open(t, {}, { tls });
    await target.deliver(mailItem(t), never);
    t.equal(server.mails[0]?.isEncrypted, true);
    const { target: other, server: plain } = await open(t);
    await other.deliver(mailItem(t), never);
    t.equal(plain.mails[0]?.isEncrypted, false);
  });
  t.test('auto: a server whose TLS does not work gets it without', async (t) => {
    const { target, server } = await open(
      t,
      {},
      {
        tls: {
          cert: tls.cert,
          key: tls.key,
          minVersion: 'TLSv1.3',
          maxVersion: 'TLSv1.3',
          ciphers: 'TLS_AES_128_CCM_8_SHA256',
        } as never,
      },
    );
    await target.deliver(mailItem(t), never);
    t.equal(server.mails[0]?.isEncrypted, false);
  });
  t.test('auto with ca, required and implicit: the server is checked', async (t) => {
    for (const wanted of ['auto', 'required', 'implicit']) {
      const isImplicit = wanted === 'implicit';
      const { target, server } = await open(t, { tls: wanted, ca: files.ca }, { tls, isImplicit });
      await target.deliver(mailItem(t), never);
      t.equal(server.mails[0]?.isEncrypted, true, wanted);
      const { target: stranger, server: other } = await open(
        t,
        { tls: wanted, ca: files.otherCa },
        { tls, isImplicit },
      );
      t.match(await outcome(stranger.deliver(mailItem(t), never)), /^later: /, wanted);
      t.equal(other.mails.length, 0);
    }
  });
  t.test('required: nothing is sent where TLS is not offered', async (t) => {
    const { target, server } = await open(t, { tls: 'required' });
    t.match(await outcome(target.deliver(mailItem(t), never)), /^later: /);
    t.notOk(server.commands.some((command) => command.startsWith('MAIL')));
  });
  t.test('a password is sent over TLS, or to this machine', async (t) => {
    const extensions = ['AUTH PLAIN', 'SIZE 1000000'];
    const login = { user: 'alice', password: 'wonderland' };
    const { target, server } = await open(t, { ...login, tls: 'required', ca: files.ca }, { tls, extensions });
    await target.deliver(mailItem(t), never);
    t.match(server.mails[0], { user: 'alice', isEncrypted: true });
    const { target: local, server: here } = await open(t, login, { extensions });
    await local.deliver(mailItem(t), never);
    t.equal(here.mails[0]?.user, 'alice');
    const refusing = { extensions, answer: (command: string) => (command.startsWith('AUTH') ? '535 no' : null) };
    const { target: wrong } = await open(t, login, refusing);
    const reason = await outcome(wrong.deliver(mailItem(t), never));
    t.match(reason, /^later: .*535 no/);
    t.notMatch(reason, /wonderland/);
  });
});

t.test('straight to the servers of the recipients', async (t) => {
  const server = await startSmtpReceiver(t, {
    answer: (command) => (command.includes('unknown@') ? '550 unknown' : null),
  });
  const exchanges: Record<string, readonly string[] | string> = {
    'one.example': ['mx.one.example'],
    // Nobody answers at the first.
    'two.example': ['down.two.example', 'mx.two.example'],
    'implicit.example': 'ENODATA',
    'none.example': [''],
    'broken.example': 'ESERVFAIL',
    'loop.example': ['loop.example'],
  };
  const names: Names = {
    async mail(domain) {
      const found = exchanges[domain] ?? 'ENOTFOUND';
      if (typeof found === 'string') throw Object.assign(new Error(`query ${found}`), { code: found });
      return found.map((exchange, priority) => ({ exchange, priority }));
    },
    addresses: async (host) => [
      host.startsWith('loop') ? '0.0.0.0' : host.startsWith('down') ? '127.0.0.2' : '127.0.0.1',
    ],
    isOurs: (address) => address === '0.0.0.0',
  };
  const target = createSmtp(smtp.options.parse({ port: server.port }), names);
  const send = (...to: string[]) => outcome(target.deliver(mailItem(t, { mail: mailFacts({ to }) }), never));

  t.equal(await send('a@one.example', 'b@ONE.example', 'c@two.example', 'd@implicit.example'), 'delivered');
  t.same(
    server.mails.map(({ to }) => to),
    [['<a@one.example>', '<b@ONE.example>'], ['<c@two.example>'], ['<d@implicit.example>']],
  );
  t.equal(await send('a@none.example'), 'never: a@none.example: none.example takes no mail');
  t.equal(await send('a@loop.example'), 'never: a@loop.example: mail for loop.example leads back to this machine');
  t.equal(await send('a@missing.example'), 'never: a@missing.example: there is no domain missing.example');
  t.equal(await send('a@[127.0.0.1]'), 'never: a@[127.0.0.1]: mail is not sent to an address in brackets');
  t.equal(await send('unknown@two.example'), 'never: unknown@two.example: 550 unknown');
  t.match(
    await send('a@broken.example'),
    /^later: a@broken\.example: the mail servers of broken\.example cannot be found out/,
  );
  t.equal(server.mails.length, 3);

  // One that is down is no reason for the others to wait.
  t.match(await send('a@broken.example', 'x@one.example'), /^later: a@broken\.example/);
  t.same(server.mails[3]?.to, ['<x@one.example>']);
});

t.test("Postfix's smtp-sink takes it", async (t) => {
  const programs = needPrograms(t, 'smtp-sink');
  if (programs === null) return;
  const port = await freePort('tcp');
  const folder = makeFolder(t);
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const peer = startPeer(t, [programs['smtp-sink'], ...user, '-v', '-d', 'mail.', `127.0.0.1:${port}`, '10'], {
    cwd: folder,
  });
  const target = await createTarget(smtp, { host: '127.0.0.1', port });
  t.teardown(() => target.stop?.());
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await outcome(target.deliver(mailItem(t), never))) === 'delivered') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.match(peer.output(), /DATA/i);
});
