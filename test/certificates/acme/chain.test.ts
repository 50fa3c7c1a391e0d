import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { checkChain, missingNames } from '../../../src/certificates/acme/chain.ts';
import { createTestAuthority, makeFolder, makeTestRequest } from '../../support/acme-authority.ts';
import { needProgram } from '../../support/peers.ts';

const dayMs = 24 * 3_600_000;
const unusable = 'the certificate that the authority issued is not usable';

if (needProgram(t, 'openssl') !== null) {
  const folder = makeFolder(t);
  const authority = await createTestAuthority(folder);
  const { der, key } = await makeTestRequest(folder, ['a.example', 'b.example', '192.0.2.1', '2001:db8::1']);
  const leaf = await authority.issue(der);
  const issuer = authority.intermediate;
  const now = new X509Certificate(leaf).validFromDate.getTime() + dayMs;
  const usual = { text: leaf + issuer, key, names: ['a.example'], now };

  t.test('a chain is written anew, with nothing else in it', async (t) => {
    t.same(checkChain(usual), { cert: leaf + issuer, warnings: [] });
    const text = `Subject: a\u001b[2J\r\n${leaf.replaceAll('\n', '\r\n')}\n\n${issuer.trimEnd()}bye`;
    t.same(checkChain({ ...usual, text }), { cert: leaf + issuer, warnings: [] });
  });

  t.test('names have to be in it, all of them', async (t) => {
    t.ok(checkChain({ ...usual, names: ['a.example', 'b.example', '192.0.2.1', '2001:db8::1'] }));
    t.throws(() => checkChain({ ...usual, names: ['a.example', 'c.example', '192.0.2.2'] }), {
      name: 'AcmeError',
      message: `${unusable}: it is not for c.example, 192.0.2.2`,
    });
  });

  t.test('which names a certificate is not for', async (t) => {
    const certificate = new X509Certificate(leaf);
    t.same(missingNames(certificate, ['b.example', '192.0.2.1', '2001:db8::1']), []);
    t.same(missingNames(certificate, ['a.example', 'example', '192.0.2.9']), ['example', '192.0.2.9']);
  });

  t.test('a wildcard covers one more label', async (t) => {
    const wild = await makeTestRequest(folder, ['*.a.example']);
    const text = await authority.issue(wild.der);
    t.ok(checkChain({ ...usual, text, key: wild.key, names: ['x.a.example'] }));
    t.throws(() => checkChain({ ...usual, text, key: wild.key, names: ['y.x.a.example'] }), { name: 'AcmeError' });
  });

  t.test('what must not be served', async (t) => {
    const other = await makeTestRequest(folder, ['a.example']);
    const cases: readonly (readonly [string, Partial<typeof usual>])[] = [
      ['there is no certificate in it', { text: '' }],
      ['there is no certificate in it', { text: 'text' }],
      ['it is for another key', { key: other.key }],
      ['it is for another key', { text: issuer + leaf }],
      ['there is something else in it than certificates', { text: leaf + key }],
      ['there is something else in it than certificates', { text: `${leaf}-----BEGIN CERTIFICATE-----\n!` }],
      ['one of its certificates cannot be read', { text: leaf + leaf.replace('MII', 'AAA') }],
    ];
    for (const [fault, change] of cases)
      t.throws(() => checkChain({ ...usual, ...change }), { message: `${unusable}: ${fault}` });
  });

  t.test('ten certificates at most', async (t) => {
    t.ok(checkChain({ ...usual, text: leaf + issuer.repeat(9) }));
    t.throws(() => checkChain({ ...usual, text: leaf + issuer.repeat(10) }), {
      message: `${unusable}: there are more than 10 certificates in it`,
    });
  });

  t.test('one that has expired is not served, one that is not valid yet is', async (t) => {
    const { validFromDate, validToDate } = new X509Certificate(leaf);
    t.ok(checkChain({ ...usual, now: validToDate.getTime() - 1 }));
    t.throws(() => checkChain({ ...usual, now: validToDate.getTime() }), {
      message: `${unusable}: it expired on ${validToDate.toISOString()}`,
    });
    t.same(checkChain({ ...usual, now: validFromDate.getTime() - 60_000 }).warnings, []);
    t.same(checkChain({ ...usual, now: validFromDate.getTime() - 60_001 }).warnings, [
      `the certificate is valid from ${validFromDate.toISOString()} on: is the clock of this machine right?`,
    ]);
  });

  t.test('a chain out of order is served, and told', async (t) => {
    const told = ['the certificates that came with it do not follow from each other'];
    t.same(checkChain({ ...usual, text: leaf + authority.root + issuer }).warnings, told);
    t.same(checkChain({ ...usual, text: leaf + issuer + authority.root }).warnings, []);
    t.same(checkChain({ ...usual, text: leaf }).warnings, []);
  });

  t.test('an authority is not a server', async (t) => {
    const text = authority.root;
    t.throws(() => checkChain({ ...usual, text, key: readFileSync(join(folder, 'root.key'), 'utf8') }), {
      message: `${unusable}: it is the certificate of an authority`,
    });
  });
}
