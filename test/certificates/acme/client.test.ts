import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createChallengeCertificate } from '../../../src/certificates/challenge-certificate.ts';
import { createRequest, type CertificateRequest } from '../../../src/certificates/csr.ts';
import { systemClock } from '../../../src/certificates/acme/clock.ts';
import { needProgram } from '../../support/peers.ts';
import { setUp } from './clients.ts';
import { startTlsAlpnResponder } from './responders.ts';

if (needProgram(t, 'openssl') !== null) {
  t.test('a new account, an order, one name proved by http-01, a certificate', async (t) => {
    const { server, responder, logs, obtain } = await setUp(t, { email: 'admin@a.example' });
    const { cert, key } = await obtain('a.example');

    const [leaf, issuer, ...more] = cert.split(/(?<=-----END CERTIFICATE-----\n)/);
    t.same(more, []);
    const certificate = new X509Certificate(leaf ?? '');
    t.equal(certificate.subjectAltName, 'DNS:a.example');
    t.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    t.ok(certificate.verify(new X509Certificate(issuer ?? '').publicKey));
    t.same(server.asked, [
      'GET directory',
      'HEAD new-nonce',
      'POST new-account',
      'POST new-order',
      'POST authorization',
      'POST challenge',
      'POST authorization',
      'POST order',
      'POST finalize',
      'POST certificate',
    ]);
    t.same(responder.done, ['publish a.example', 'withdraw a.example']);
    t.match([...server.accounts.values()], [{ contact: ['mailto:admin@a.example'], status: 'valid' }]);
    t.match(logs, [
      { severity: 'notice', message: /^an account was made at 127\.0\.0\.1:\d+, whose terms are at https:/ },
    ]);
  });

  t.test('several names, all proved before one is waited for', async (t) => {
    const { server, responder, obtain } = await setUp(t);
    const { cert } = await obtain('A.example', 'b.example', 'a.example.', 'bücher.example');
    t.equal(new X509Certificate(cert).subjectAltName, 'DNS:a.example, DNS:b.example, DNS:xn--bcher-kva.example');
    t.same(responder.done, [
      'publish a.example',
      'publish b.example',
      'publish xn--bcher-kva.example',
      'withdraw a.example',
      'withdraw b.example',
      'withdraw xn--bcher-kva.example',
    ]);
    t.same(server.asked.slice(4, 13), [
      ...Array.from({ length: 3 }, () => 'POST authorization'),
      ...Array.from({ length: 3 }, () => 'POST challenge'),
      ...Array.from({ length: 3 }, () => 'POST authorization'),
    ]);
  });

  t.test('a name proved by tls-alpn-01', async (t) => {
    const { responder, obtain } = await setUp(t, { challenge: 'tls-alpn-01' });
    const { cert } = await obtain('a.example');
    t.equal(new X509Certificate(cert).subjectAltName, 'DNS:a.example');
    t.match(responder.published, [{ kind: 'tls-alpn-01', name: 'a.example', serverName: 'a.example' }]);
  });

  t.test('requests and challenge certificates of our own making', async (t) => {
    const responder = await startTlsAlpnResponder(t, async (name, digest) =>
      createChallengeCertificate({ name, digest, now: Date.now() }),
    );
    const makeRequest = async (names: readonly string[]): Promise<CertificateRequest> => createRequest(names);
    const { obtain } = await setUp(t, { challenge: 'tls-alpn-01', makeRequest, responder });
    const { cert, key } = await obtain('a.example', '127.0.0.1', '::1');
    const certificate = new X509Certificate(cert);
    t.equal(certificate.subjectAltName, 'DNS:a.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    t.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  });

  t.test('addresses, by either challenge', async (t) => {
    const byHttp = await setUp(t);
    t.equal(new X509Certificate((await byHttp.obtain('127.0.0.1')).cert).subjectAltName, 'IP Address:127.0.0.1');
    const byTls = await setUp(t, { challenge: 'tls-alpn-01' });
    t.equal(new X509Certificate((await byTls.obtain('127.0.0.1')).cert).subjectAltName, 'IP Address:127.0.0.1');
    t.match(byTls.responder.published, [{ name: '127.0.0.1', serverName: '1.0.0.127.in-addr.arpa' }]);
  });

  t.test('an authority on loopback may be reached by http', async (t) => {
    const { obtain } = await setUp(t, { isPlain: true });
    t.ok((await obtain('a.example')).cert);
  });

  t.test('the account is kept, for its owner only', async (t) => {
    const { server, folder, obtain, again } = await setUp(t);
    await obtain('a.example');
    const files = readdirSync(folder).sort();
    t.match(files, [/^account-127\.0\.0\.1_\d+-[0-9a-f]{8}\.json$/, /^account-127\.0\.0\.1_\d+-[0-9a-f]{8}\.key$/]);
    t.same(
      files.map((file) => statSync(join(folder, file)).mode & 0o777),
      [0o600, 0o600],
    );
    await again().obtain({ names: ['b.example'], signal: new AbortController().signal });
    t.equal(server.accounts.size, 1);
    t.equal(server.asked.filter((line) => line === 'POST new-account').length, 1);
  });

  t.test('two at once make one account', async (t) => {
    const { server, obtain } = await setUp(t);
    await Promise.all([obtain('a.example'), obtain('b.example')]);
    t.equal(server.accounts.size, 1);
  });

  t.test('an account that the authority has forgotten is made again', async (t) => {
    const { server, logs, obtain } = await setUp(t);
    await obtain('a.example');
    server.accounts.clear();
    t.ok((await obtain('a.example')).cert);
    t.equal(server.accounts.size, 1);
    t.ok(logs.some(({ message }) => message === `${server.host} does not know our account any more`));
  });

  t.test('a bad nonce is no reason to give up, bad nonces for ever are', async (t) => {
    const { server, obtain } = await setUp(t);
    server.trouble.badNonces = 3;
    t.ok((await obtain('a.example')).cert);
    server.trouble.badNonces = 1_000;
    await t.rejects(obtain('a.example'), {
      name: 'AcmeError',
      message: `${server.host} refused the order: bad nonce (badNonce)`,
      kind: 'badNonce',
    });
    t.equal(server.trouble.badNonces, 996);
  });

  t.test('a rate limit ends it, and says until when', async (t) => {
    const { server, waits, obtain } = await setUp(t);
    const body = {
      type: 'urn:ietf:params:acme:error:rateLimited',
      detail: 'too many certificates (5) already issued\u001b[2J for a.example',
    };
    server.trouble.instead['new-order'] = [{ status: 429, headers: { 'retry-after': '3600' }, body }];
    await t.rejects(obtain('a.example'), {
      message: `${server.host} refused the order: too many certificates (5) already issued\\x1b[2J for a.example (rateLimited); not before 3600 s from now`,
      kind: 'rateLimited',
      retryAfterMs: 3_600_000,
    });
    t.same(waits, []);
    t.equal(server.asked.at(-1), 'POST new-order');
  });

  t.test('trouble that passes is waited for when nothing is changed by asking again', async (t) => {
    const { server, waits, obtain } = await setUp(t);
    server.trouble.instead.directory = [{ status: 503, headers: { 'retry-after': '7' } }];
    server.trouble.instead.order = [{ status: 500 }, { status: 502 }];
    server.trouble.instead.certificate = [{ status: 429, headers: { 'retry-after': '60' } }];
    t.ok((await obtain('a.example')).cert);
    t.same(waits, [7_000, 1_000, 2_000, 60_000]);
  });

  t.test('trouble that lasts is told after four tries', async (t) => {
    const { server, waits, obtain } = await setUp(t);
    server.trouble.instead.directory = Array.from({ length: 5 }, () => ({ status: 500, body: '<html>' }));
    await t.rejects(obtain('a.example'), {
      message: `${server.host} failed at its directory with HTTP status 500`,
      kind: null,
    });
    t.same(waits, [1_000, 2_000, 4_000]);
    t.equal(server.trouble.instead.directory.length, 1);
  });

  t.test('a pause that is too long is left to the next renewal', async (t) => {
    const { server, waits, obtain } = await setUp(t);
    server.trouble.instead.order = [{ status: 503, headers: { 'retry-after': '61' } }];
    await t.rejects(obtain('a.example'), { name: 'AcmeError', retryAfterMs: 61_000 });
    t.same(waits, []);
  });

  t.test('slow decisions are looked at as far apart as the authority wants', async (t) => {
    const { server, waits, obtain } = await setUp(t);
    Object.assign(server.trouble, { pending: 2, processing: 2, retryAfter: '5' });
    t.ok((await obtain('a.example')).cert);
    t.same(waits, [5_000, 5_000, 5_000, 5_000]);
  });

  t.test('an authority that never decides is given up', async (t) => {
    const { server, waits, obtain } = await setUp(t, { limits: { decideMs: 25_000 } });
    server.trouble.processing = 1_000;
    await t.rejects(obtain('a.example'), { message: `${server.host} did not finish the order within 25 s` });
    t.same(waits, [1_000, 2_000, 4_000, 8_000, 10_000]);
    server.trouble.pending = 1_000;
    await t.rejects(obtain('a.example'), { message: `${server.host} did not decide about a.example within 25 s` });
  });

  t.test('a name that is not believed is told with the reason, and nothing stays published', async (t) => {
    const { server, responder, obtain } = await setUp(t);
    server.trouble.disbelieved = ['b.example'];
    await t.rejects(obtain('a.example', 'b.example'), {
      message: `${server.host} does not believe that b.example is ours (http-01, authorization invalid): it does not believe anything (unauthorized)`,
      kind: 'unauthorized',
    });
    t.same(responder.done, ['publish a.example', 'publish b.example', 'withdraw a.example', 'withdraw b.example']);
  });

  t.test('subproblems are told with their names', async (t) => {
    const { server, obtain } = await setUp(t);
    const subproblems = [
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: 'on a list',
        identifier: { type: 'dns', value: 'b.example' },
      },
      { type: 'urn:ietf:params:acme:error:caa', identifier: { type: 'dns', value: 'c\n.example' } },
    ];
    const body = { type: 'urn:ietf:params:acme:error:compound', detail: 'no', subproblems };
    server.trouble.instead['new-order'] = [{ status: 403, body }];
    await t.rejects(obtain('b.example'), {
      message: `${server.host} refused the order: no (compound): b.example: on a list (rejectedIdentifier); c\\n.example: caa`,
    });
  });

  t.test('what cannot be published is not asked for, and what was published is withdrawn', async (t) => {
    const failing = async (): Promise<void> => {
      throw new Error('port 80 is taken');
    };
    const { server, responder, obtain } = await setUp(t, { publish: failing });
    await t.rejects(obtain('a.example'), { message: 'port 80 is taken' });
    t.same(responder.done, ['withdraw a.example']);
    t.notOk(server.asked.includes('POST challenge'));
  });

  t.test('a challenge that cannot be withdrawn costs a warning, not the certificate', async (t) => {
    const failing = async (): Promise<void> => {
      throw new Error('nobody listens');
    };
    const { logs, obtain } = await setUp(t, { withdraw: failing });
    t.ok((await obtain('a.example')).cert);
    t.match(logs.at(-1), {
      severity: 'warning',
      message: 'the answer to http-01 for a.example was not withdrawn: nobody listens',
    });
  });

  t.test('a certificate that is not ours is not served', async (t) => {
    const { server, obtain } = await setUp(t);
    const cases: readonly (readonly [string, (chain: string) => string])[] = [
      ['it is for another key', () => server.issuer],
      ['there is no certificate in it', () => 'thank you for your order'],
      ['there is something else in it than certificates', (chain) => `${chain}-----BEGIN PRIVATE KEY-----\n`],
    ];
    for (const [fault, chain] of cases) {
      server.trouble.chain = chain;
      await t.rejects(obtain('a.example'), {
        message: `the certificate that the authority issued is not usable: ${fault}`,
      });
    }
  });

  t.test('answers that make no sense are not used', async (t) => {
    const { server, obtain } = await setUp(t);
    const { trouble, host } = server;
    trouble.instead['new-order'] = [
      { status: 201, headers: { location: `https://${host}/order/1` }, body: '{"status":' },
    ];
    await t.rejects(obtain('a.example'), {
      message: `${host} answered with something else than JSON about the order`,
    });
    trouble.edit['new-order'] = (order) => ({ ...order, finalize: 'http://127.0.0.1/finalize' });
    await t.rejects(obtain('a.example'), { message: `${host} gave no usable URL for the end of an order` });
    delete trouble.edit['new-order'];
    trouble.edit.authorization = (json) => ({ ...json, identifier: { type: 'dns', value: 'evil.example' } });
    await t.rejects(obtain('a.example'), {
      message: `${host} wants proof of evil.example, which was not asked for`,
    });
    trouble.edit.authorization = ({ challenges, ...json }) => ({
      ...json,
      challenges: (challenges as object[]).map((challenge) => ({ ...challenge, token: '../../../../etc/passwd-----' })),
    });
    await t.rejects(obtain('a.example'), { message: `${host} gave no usable token for a.example` });
    delete trouble.edit.authorization;
    trouble.offers = ['dns-01'];
    await t.rejects(obtain('a.example'), {
      message: `${host} does not offer http-01 for a.example, only dns-01`,
    });
  });

  t.test('answers are as large as the limit at most', async (t) => {
    const { server, obtain } = await setUp(t);
    const { host, trouble } = server;
    trouble.chain = (chain) => `${chain}${' '.repeat(1024 ** 2 - chain.length)}`;
    t.ok((await obtain('a.example')).cert);
    trouble.chain = (chain) => `${chain}${' '.repeat(1024 ** 2 - chain.length + 1)}`;
    await t.rejects(obtain('a.example'), { message: `${host} sent more than 1048576 bytes` });
  });

  t.test('an authority that nobody vouches for is not spoken to', async (t) => {
    const { server, again } = await setUp(t);
    const client = again({ ca: null });
    await t.rejects(client.obtain({ names: ['a.example'], signal: new AbortController().signal }), {
      name: 'AcmeError',
      message: new RegExp(`^the certificate of ${server.host} is not trusted: `),
    });
    t.same(server.asked, []);
  });

  t.test('nothing is sent for names that cannot be had', async (t) => {
    const { server, obtain } = await setUp(t);
    await t.rejects(obtain('*.a.example'), { name: 'AcmeError', message: /^"\*\.a\.example": .*dns-01/ });
    await t.rejects(obtain(), { message: 'a certificate needs at least one name' });
    t.same(server.asked, []);
  });

  t.test('when it is called off, challenges are withdrawn and the reason is given back', async (t) => {
    const stopping = new Error('stopping');
    const abortion = new AbortController();
    const { signal } = abortion;
    const publish = async (): Promise<void> => abortion.abort(stopping);
    const { server, responder, client } = await setUp(t, { publish });
    await t.rejects(client.obtain({ names: ['a.example', 'b.example'], signal }), stopping);
    t.same(responder.done, ['withdraw a.example']);
    t.notOk(server.asked.includes('POST challenge'));
  });

  t.test('when all of it takes too long, it is given up', async (t) => {
    const { server, responder, obtain } = await setUp(t, { clock: systemClock, limits: { obtainMs: 300 } });
    server.trouble.pending = 1_000;
    await t.rejects(obtain('a.example'), { name: 'AcmeError', message: 'no certificate came within 0.3 s' });
    t.equal(responder.done.filter((line) => line.startsWith('withdraw')).length, responder.published.length);
  });
}
