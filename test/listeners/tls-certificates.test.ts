import tls, { type SecureContext } from 'node:tls';

import t from 'tap';

import { createCertificateChoice, type CertificatePair } from '../../src/listeners/tls-certificates.ts';
import { tlsPem } from './tls-pem.ts';
import { good, other } from './tls-stage.ts';

const of = (cert: string): CertificatePair => ({ cert, key: tlsPem.key });
const wild = of(tlsPem.wildCert);
const www = of(tlsPem.wwwCert);
const address = of(tlsPem.addressCert);
const idn = of(tlsPem.idnCert);
const nameless = of(tlsPem.namelessCert);
const rsa = { cert: tlsPem.rsaCert, key: tlsPem.rsaKey };
const names = new Map([
  [good, 'good'],
  [other, 'other'],
  [wild, 'wild'],
  [www, 'www'],
  [address, 'address'],
  [idn, 'idn'],
  [nameless, 'nameless'],
  [rsa, 'rsa'],
]);

/** A choice whose contexts are known by what is in them. */
function choiceOf(...pairs: readonly CertificatePair[]) {
  const texts = new Map<SecureContext, string>();
  const choice = createCertificateChoice(pairs, (some) => {
    const context = tls.createSecureContext({ cert: some.map(({ cert }) => cert), key: some.map(({ key }) => key) });
    texts.set(context, some.map((pair) => names.get(pair)).join('+'));
    return context;
  });
  return {
    isSingle: choice.isSingle,
    isMixed: choice.isMixed,
    fallback: texts.get(choice.fallback),
    choose: (name: string) => texts.get(choice.choose(name)),
    chooseOne(name: string, ...signatures: readonly string[]) {
      const context = choice.chooseOne(name, signatures);
      return context === null ? null : texts.get(context);
    },
    count: () => texts.size,
  };
}

t.test('the certificate with the name', async (t) => {
  const { choose, fallback } = choiceOf(nameless, wild, good, other, address, idn);
  t.equal(fallback, 'nameless');
  for (const [name, expected] of [
    ['good.example', 'good'],
    ['GOOD.Example', 'good'],
    ['good.example.', 'good'],
    ['www.good.example', 'wild'],
    ['WWW.GOOD.EXAMPLE.', 'wild'],
    ['a.b.good.example', 'nameless'],
    ['other.example', 'other'],
    ['xn--bcher-kva.example', 'idn'],
    ['XN--BCHER-KVA.example', 'idn'],
    ['bücher.example', 'nameless'],
    ['127.0.0.1', 'address'],
    ['::1', 'address'],
    ['0:0:0:0:0:0:0:1', 'address'],
    ['127.0.0.2', 'nameless'],
    ['unknown.example', 'nameless'],
    ['*.good.example', 'nameless'],
    ['.good.example', 'nameless'],
    ['good.example..', 'nameless'],
    ['good.example\0', 'nameless'],
    ['good.example\n', 'nameless'],
    ['-', 'nameless'],
    ['.', 'nameless'],
    ['', 'nameless'],
    [`${'a'.repeat(242)}.good.example`, 'wild'],
    [`${'a'.repeat(243)}.good.example`, 'nameless'],
    ['a'.repeat(100_000), 'nameless'],
    ['__proto__', 'nameless'],
  ] as const) {
    t.equal(choose(name), expected, JSON.stringify(name.slice(0, 40)));
  }
});

t.test('one with the very name comes before one with a wildcard, whichever stands first', async (t) => {
  t.equal(choiceOf(wild, www).choose('www.good.example'), 'www');
  t.equal(choiceOf(www, wild).choose('www.good.example'), 'www');
  t.equal(choiceOf(www, wild).choose('ftp.good.example'), 'wild');
});

t.test('of several with the name the first', async (t) => {
  t.equal(choiceOf(other, good, { ...good }).choose('good.example'), 'good');
});

t.test('of each kind of key one, so that each peer gets what it knows', async (t) => {
  const ecFirst = choiceOf(other, good, rsa);
  t.equal(ecFirst.fallback, 'other', 'who asks for no name gets no certificate with other names');
  t.equal(ecFirst.choose('good.example'), 'good+rsa');
  t.equal(ecFirst.choose('other.example'), 'other');
  const rsaFirst = choiceOf(rsa, good);
  t.equal(rsaFirst.fallback, 'rsa+good');
  t.equal(rsaFirst.choose('good.example'), 'rsa+good');
  t.equal(rsaFirst.choose('unknown.example'), 'rsa+good');
  t.equal(choiceOf(wild, rsa).fallback, 'wild', 'the other has not all of its names');
});

t.test('in the midst of a handshake one of them', async (t) => {
  const { chooseOne } = choiceOf(other, good, rsa);
  for (const [name, signatures, expected] of [
    ['good.example', ['ECDSA+SHA256', 'RSA-PSS+SHA256'], 'good'],
    ['good.example', ['RSA-PSS+SHA256', 'ECDSA+SHA256'], 'good'],
    ['good.example', ['RSA-PSS+SHA256'], 'rsa'],
    ['good.example', ['RSA+SHA1'], 'rsa'],
    ['good.example', ['Ed25519+UNDEF'], 'good'],
    ['good.example', [], 'rsa'],
    ['other.example', ['RSA+SHA256'], null],
    ['unknown.example', ['RSA+SHA256'], null],
  ] as const) {
    t.equal(chooseOne(name, ...signatures), expected, `${name}, ${signatures.join(' ')}`);
  }
  t.equal(choiceOf(good, rsa, other).chooseOne('good.example', 'RSA+SHA256'), null, 'where the fallback has both');
});

t.test('contexts are made once, however often a name is asked for', async (t) => {
  const { choose, count } = choiceOf(other, good, rsa, wild);
  for (let round = 0; round < 100; round++) {
    choose('good.example');
    choose(`${round}.good.example`);
    choose(`${round}.example`);
  }
  t.equal(count(), 5);
});

t.test('with one certificate names make no difference', async (t) => {
  t.equal(choiceOf(good).isSingle, true);
  t.equal(choiceOf(good).choose('other.example'), 'good');
  t.equal(choiceOf(good, other).isSingle, false);
  t.equal(choiceOf(good, other).isMixed, false);
  t.equal(choiceOf(good, rsa).isMixed, true);
});

t.test('broken pairs are told at once', async (t) => {
  t.throws(() => choiceOf({ cert: good.cert, key: other.key }));
  t.throws(() => choiceOf(good, { cert: 'nothing', key: other.key }));
  t.throws(() => choiceOf(), { message: 'a TLS service needs a certificate' });
});
