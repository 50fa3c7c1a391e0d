import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import t from 'tap';

import { takeAttachments } from '../../../../src/deliveries/targets/directory/attachments.ts';

const never = new AbortController().signal;

type Taken = readonly (readonly [name: string, content: string])[];

async function attachmentsOf(mail: string, pieceLength = 7): Promise<Taken> {
  const taken: [string, string][] = [];
  const bytes = Buffer.from(mail, 'latin1');
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, at) =>
    bytes.subarray(at * pieceLength, (at + 1) * pieceLength),
  );
  await takeAttachments(
    Readable.from(pieces),
    async ({ name, content }) => void taken.push([name, await text(content)]),
    never,
  );
  return taken;
}

/** One part of a mail with this header. */
function part(header: string, body = 'content'): string {
  return `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n${header}\r\n\r\n${body}\r\n--b--\r\n`;
}

const names: readonly (readonly [header: string, name: string | null])[] = [
  ['Content-Disposition: attachment; filename=a.pdf', 'a.pdf'],
  ['Content-Disposition: attachment; filename="a b.pdf"', 'a b.pdf'],
  ['Content-Type: application/pdf; name="by type.pdf"', 'by type.pdf'],
  // RFC 2231, and RFC 2047 where it must not be but is.
  ["Content-Disposition: attachment; filename*=UTF-8''%C3%BC.pdf", 'ü.pdf'],
  ["Content-Disposition: attachment; filename*0*=UTF-8''%C3%BC; filename*1=.pdf", 'ü.pdf'],
  ['Content-Disposition: attachment; filename="=?UTF-8?B?w7wucGRm?="', 'ü.pdf'],
  ['Content-Disposition: attachment', 'attachment-1.bin'],
  ['Content-Type: application/pdf\r\nContent-Disposition: attachment', 'attachment-1.pdf'],
  ['Content-Type: image/png\r\nContent-Disposition: inline; filename=scan.png', 'scan.png'],
  ['Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <logo>', null],
  ['Content-Type: application/pdf', 'attachment-1.pdf'],
  ['Content-Type: text/html', null],
  ['Content-Type: message/rfc822', 'attachment-1.eml'],
  ['Content-Disposition: attachment; filename="../../etc/passwd"', 'passwd'],
  ['Content-Disposition: attachment; filename="C:\\\\scans\\\\a.pdf"', 'a.pdf'],
  ["Content-Disposition: attachment; filename*=UTF-8''..%2F..%2Fa%0D%0Ab%00.pdf", 'a__b_.pdf'],
  ["Content-Disposition: attachment; filename*=UTF-8''%E2%80%AEfdp.exe", '_fdp.exe'],
  [`Content-Disposition: attachment; filename="${'x'.repeat(5000)}"`, 'x'.repeat(1000)],
];

t.test('what is a file, and what it is called', async (t) => {
  for (const [header, name] of names) {
    t.same(await attachmentsOf(part(header)), name === null ? [] : [[name, 'content']], header.slice(0, 80));
  }
});

const encodings: readonly (readonly [encoding: string, body: string, content: string])[] = [
  ['base64', 'Y29u\r\ndGVudA==', 'content'],
  ['BASE64', 'Y29udGVudA', 'content'],
  ['quoted-printable', 'con=\r\ntent=3D', 'content='],
  ['7bit', 'con\r\ntent', 'con\r\ntent'],
  ['unknown', 'content', 'content'],
  ['base64', '', ''],
];

t.test('contents are decoded, in whatever pieces they come', async (t) => {
  for (const [encoding, body, content] of encodings) {
    const mail = part(`Content-Disposition: attachment; filename=a\r\nContent-Transfer-Encoding: ${encoding}`, body);
    for (const pieceLength of [1, 7, 100_000])
      t.same(await attachmentsOf(mail, pieceLength), [['a', content]], encoding);
  }
});

t.test('a mail that is one file, mails in mails, and parts in parts', async (t) => {
  t.same(await attachmentsOf('Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF'), [['a.pdf', '%PDF']]);
  t.same(await attachmentsOf('Subject: x\r\n\r\ntext'), []);
  t.same(await attachmentsOf(''), []);
  const inner = part('Content-Disposition: attachment; filename=inner.pdf');
  t.same(await attachmentsOf(part('Content-Type: message/rfc822', inner.replaceAll('b', 'c'))), [
    ['attachment-1.eml', inner.replaceAll('b', 'c')],
  ]);
  const nested = `Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n${inner}\r\n--a\r\nContent-Disposition: attachment; filename=outer\r\n\r\nx\r\n--a--\r\n`;
  t.same(await attachmentsOf(nested), [
    ['inner.pdf', 'content'],
    ['outer', 'x'],
  ]);
});

t.test('a mail that breaks off gives what there was of it', async (t) => {
  const mail = part('Content-Disposition: attachment; filename=a').slice(0, -12);
  t.same(await attachmentsOf(mail), [['a', 'cont']]);
});

t.test('limits: parts, parts in each other, and headers of one', async (t) => {
  const parts = (count: number): string =>
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n\r\n'.repeat(count)}--b--\r\n`;
  t.same(await attachmentsOf(parts(999), 100_000), []);
  await t.rejects(attachmentsOf(parts(1001), 100_000), { message: 'Max allowed child nodes exceeded' });
  await t.rejects(attachmentsOf(`X: ${'x'.repeat(256 * 1024)}\r\n\r\n`, 100_000), { code: 'EMAXLEN' });
  // Regression: of 990 in each other, 10 MB of lines that might be boundaries took 19 s.
  const deep = (depth: number): string =>
    Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`).join(
      '',
    ) + 'Content-Disposition: attachment; filename=a\r\n\r\nx';
  t.same(await attachmentsOf(deep(50), 100_000), [['a', 'x']]);
  await t.rejects(attachmentsOf(deep(51), 100_000), { message: 'a mail with parts more than 50 deep in each other' });
});

t.test('who takes a file may fail, and ends it all', async (t) => {
  const mail = part('Content-Disposition: attachment; filename=a', 'x'.repeat(1_000_000));
  const failing = takeAttachments(
    Readable.from([Buffer.from(mail)]),
    () => Promise.reject(new Error('disk full')),
    never,
  );
  await t.rejects(failing, { message: 'disk full' });
});

t.test('the abort ends it, also where a mail never ends', async (t) => {
  const controller = new AbortController();
  const mail = new Readable({ read() {} });
  mail.push(part('Content-Disposition: attachment; filename=a').slice(0, -12));
  const taking = takeAttachments(
    mail,
    async ({ content }) => {
      controller.abort(new Error('time is up'));
      await text(content);
    },
    controller.signal,
  );
  await t.rejects(taking, { name: 'AbortError' });
});
