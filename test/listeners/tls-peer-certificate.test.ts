import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';

import t from 'tap';

import { describeTls } from '../../src/listeners/tls.ts';
import { subjectOf } from '../../src/listeners/tls-peer-certificate.ts';
import { tlsPem } from './tls-pem.ts';
import { acceptorOf, asking, closed, dialTls, setUp } from './tls-stage.ts';

t.test('a subject is one line of printable characters', async (t) => {
  for (const [subject, expected] of [
    ['CN=alice', 'CN=alice'],
    ['O=Example\\, Inc.\nCN=alice', 'CN=alice,O=Example\\, Inc.'],
    ['C=DE\nO=Example\nCN=alice + UID=4711', 'CN=alice+UID=4711,O=Example,C=DE'],
    ['CN=Jürgen Groß', 'CN=Jürgen Groß'],
    ['CN=a\\0ACN=root', 'CN=a\\0ACN=root'],
    ['CN=a\u202eb', 'CN=a\\E2\\80\\AEb'],
    ['CN=a\u0085\u009b1m', 'CN=a\\C2\\85\\C2\\9B1m'],
    ['CN=a\u2028b\u00a0c\ufeff', 'CN=a\\E2\\80\\A8b\\C2\\A0c\\EF\\BB\\BF'],
    ['CN=\x07\x1b[31m\t\r', 'CN=\\07\\1B[31m\\09\\0D'],
    ['CN=\ud800', 'CN=\\EF\\BF\\BD'],
    ['CN=😀', 'CN=😀'],
    ['', ''],
    [undefined, ''],
    [`CN=${'x'.repeat(253)}`, `CN=${'x'.repeat(253)}`],
    [`CN=${'x'.repeat(254)}`, `CN=${'x'.repeat(252)}…`],
    [`CN=${'x'.repeat(100_000)}`, `CN=${'x'.repeat(252)}…`],
    [`CN=${'x'.repeat(250)}\u202e`, `CN=${'x'.repeat(250)}…`],
    [`CN=${'x'.repeat(251)}😀😀`, `CN=${'x'.repeat(251)}…`],
  ] as const) {
    t.equal(subjectOf({ subject }), expected, inspectAscii(subject));
  }
});

t.test('that of a certificate that was made to deceive', async (t) => {
  const subject = subjectOf(new X509Certificate(tlsPem.oddCert));
  t.match(subject, /^CN=a\\0ACN=root\\00\\1B\[31m\\E2\\80\\AEx{200,}…$/);
  t.equal(subject.length, 256);
});

/** For a test's name: some of these characters would end its line. */
function inspectAscii(text: string | undefined): string {
  return String(text)
    .slice(0, 40)
    .replaceAll(/[^!-~]/g, ' ');
}

const refused = (why: string): RegExp => new RegExp(`^the peer's certificate is refused: ${why}$`);

t.test('who is let in', async (t) => {
  for (const [given, authority, outcome] of [
    ['aliceCert', 'caCert', 'CN=alice,O=Example\\, Inc.'],
    ['emptyCert', 'caCert', ''],
    ['oddCert', 'caCert', subjectOf(new X509Certificate(tlsPem.oddCert))],
    ['oldCert', 'caCert', refused('certificate has expired')],
    ['earlyCert', 'caCert', refused('certificate is not yet valid')],
    ['serverOnlyCert', 'caCert', refused('unsuitable certificate purpose')],
    ['impostorCert', 'caCert', refused('self-signed certificate')],
    ['aliceCert', 'impostorCert', refused('unable to verify the first certificate')],
    ['aliceCert', 'bareCaCert', refused('unable to verify the first certificate')],
    ['ofBareCert', 'bareCaCert', refused('unsuitable certificate purpose')],
    ['ofAliceCert', 'caCert', refused('unsuitable certificate purpose')],
    ['ofAliceCert', 'aliceCert', refused('unsuitable certificate purpose')],
    ['namelessCert', 'caCert', refused('self-signed certificate')],
  ] as const) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { port, secured } = await setUp(t, acceptorOf(asking('required', tlsPem[authority])));
      // Whoever has a certificate of an authority may show it as an authority itself.
      const cert = given === 'ofAliceCert' ? tlsPem.ofAliceCert + tlsPem.aliceCert : tlsPem[given];
      const socket = dialTls(t, port, { cert, key: tlsPem.key, maxVersion });
      const name = `${given} by ${authority}, ${maxVersion}`;
      if (typeof outcome === 'string') t.equal(describeTls(await secured()).subject, outcome, name);
      else await t.rejects(secured(), { name: 'PeerError', message: outcome }, name);
      socket.destroy();
    }
  }
});

t.test('who gives none where one is required is told so', async (t) => {
  for (const [maxVersion, alert] of [
    ['TLSv1.2', /ALERT_HANDSHAKE_FAILURE/],
    ['TLSv1.3', /ALERT_CERTIFICATE_REQUIRED/],
  ] as const) {
    const { port, secured } = await setUp(t, acceptorOf(asking('required')));
    const socket = dialTls(t, port, { maxVersion });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    t.match(error.code, alert);
    await t.rejects(secured(), { name: 'PeerError', message: 'the peer gave no certificate' });
  }
});

// Node's server lets every handshake end well and looks afterwards; it has no way to send the alert for it.
t.test('who gives a bad one hears a proper end', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { port, secured } = await setUp(t, acceptorOf(asking('optional', tlsPem.caCert)));
    const socket = dialTls(t, port, { cert: tlsPem.oldCert, key: tlsPem.key, maxVersion });
    socket.write('what must not be read');
    socket.resume();
    await once(socket, 'end');
    await t.rejects(secured(), { name: 'PeerError', message: refused('certificate has expired') });
    await closed(socket);
  }
});
