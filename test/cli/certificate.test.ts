import t from 'tap';

import type { CertificatesReport } from '../../src/contract/control.ts';
import { portico, startFakeDaemon } from './fakes.ts';

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
const report: CertificatesReport = {
  authority: {
    file: '/var/lib/portico/ca/ca.pem',
    subject: 'CN=Portico local authority',
    expires: '2036-01-01T00:00:00.000Z',
    fingerprint,
  },
  certificates: [
    {
      name: 'default',
      kind: 'self_signed',
      subject: 'CN=localhost',
      names: ['localhost', '127.0.0.1'],
      issuer: 'CN=Portico local authority',
      from: '2026-01-01T00:00:00.000Z',
      expires: new Date(Date.now() + 30.5 * 86_400_000).toISOString(),
      fingerprint,
      file: '/var/lib/portico/ca/issued/default.pem',
      served: ['echo tls://127.0.0.1:2007', 'chat tls://127.0.0.1:4000'],
      error: null,
      again: null,
    },
    {
      name: 'old',
      kind: 'files',
      // Others may have made it.
      subject: 'CN=\u001b[31mold',
      names: [],
      issuer: 'CN=old',
      from: '2020-01-01T00:00:00.000Z',
      expires: '2021-01-01T00:00:00.000Z',
      fingerprint,
      file: '/etc/old.pem',
      served: [],
      error: '/etc/old.key does not hold the key',
      again: '2026-12-01T00:00:00.000Z',
    },
  ],
};

t.test('show --json is the report', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: report }));
  const { code, out } = await portico(['certificate', 'show', '--json', '-c', daemon.file]);
  t.equal(code, 0);
  t.same(JSON.parse(out), report);
  t.notMatch(out, '\u001b');
  t.same(daemon.requests, [{ command: 'certificates' }]);
});

t.test('show for people: all of them, and how to trust the authority', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: report }));
  const { code, out } = await portico(['certificate', '-c', daemon.file]);
  t.equal(code, 0);
  for (const line of [
    /^default$/m,
    /^ {2}kind {7}self_signed$/m,
    /^ {2}subject {4}CN=localhost$/m,
    /^ {2}names {6}localhost 127\.0\.0\.1$/m,
    /^ {2}expires {4}\S+ \(in 30d \d+h\)$/m,
    new RegExp(`^  SHA-256    ${fingerprint}$`, 'm'),
    /^ {2}served by {2}echo tls:\/\/127\.0\.0\.1:2007, chat tls:\/\/127\.0\.0\.1:4000$/m,
    /^ {2}expires {4}2021-01-01T00:00:00\.000Z \(EXPIRED\)$/m,
    /^ {2}names {6}none$/m,
    /^ {2}served by {2}nothing$/m,
    /^ {2}trouble {4}\/etc\/old\.key does not hold the key$/m,
    /^ {2}next try {3}2026-12-01T00:00:00\.000Z$/m,
    /^Local authority$/m,
    /^ {2}file {7}\/var\/lib\/portico\/ca\/ca\.pem$/m,
    /^ {2}Debian {5}cp \/var\/lib\/portico\/ca\/ca\.pem /m,
  ])
    t.match(out, line);
  t.notMatch(out, '\u001b');
});

t.test('show one', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: report }));
  const { out } = await portico(['certificate', 'show', 'old', '--json', '-c', daemon.file]);
  t.same(
    (JSON.parse(out) as CertificatesReport).certificates.map(({ name }) => name),
    ['old'],
  );
  t.match(await portico(['certificate', 'show', 'n\u001bne', '-c', daemon.file]), {
    code: 1,
    out: '',
    err: 'portico: there is no certificate called n\ufffdne\n',
  });
});

t.test('show without any', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: { authority: null, certificates: [] } }));
  t.match(await portico(['certificate', 'show', '-c', daemon.file]), { code: 0, out: 'no certificates\n' });
});

t.test('renew', async (t) => {
  const daemon = await startFakeDaemon(t, (request) => ({
    ok: true,
    value: {
      renewed: request.command === 'renew' && request.names.length === 0 ? ['default', 'public'] : ['default'],
      failed: [],
    },
  }));
  t.match(await portico(['certificate', 'renew', '-c', daemon.file]), { code: 0, out: 'renewed: default public\n' });
  const { out } = await portico(['certificate', 'renew', 'default', '--json', '-c', daemon.file]);
  t.same(JSON.parse(out), { renewed: ['default'], failed: [] });
  t.same(daemon.requests, [
    { command: 'renew', names: [] },
    { command: 'renew', names: ['default'] },
  ]);
});

t.test('renew where none is issued here', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: { renewed: [], failed: [] } }));
  t.match(await portico(['certificate', 'renew', '-c', daemon.file]), {
    code: 0,
    out: 'no certificate is issued here\n',
  });
});

t.test('renew of some that fail tells of each', async (t) => {
  const value = { renewed: ['default'], failed: [{ name: 'public', reason: 'not \u001bours' }] };
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value }));
  t.match(await portico(['certificate', 'renew', '-c', daemon.file]), {
    code: 1,
    out: 'renewed: default\n',
    err: 'failed: public: not \ufffdours\n',
  });
  const { code, out } = await portico(['certificate', 'renew', '--json', '-c', daemon.file]);
  t.equal(code, 1);
  t.same(JSON.parse(out), value);
});

t.test('renew that fails says why', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: false, code: 1, message: 'the authority does not answer' }));
  t.match(await portico(['certificate', 'renew', '-c', daemon.file]), {
    code: 1,
    err: /the authority does not answer/,
  });
});

t.test('what is misspelt reaches nobody', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: report }));
  t.match(await portico(['certificate', 'list', '-c', daemon.file]), {
    code: 64,
    err: /expected show or renew, got "list"/,
  });
  t.same(daemon.requests, []);
});
