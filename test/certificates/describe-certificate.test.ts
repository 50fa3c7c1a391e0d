import { X509Certificate } from 'node:crypto';

import t from 'tap';

import { encode, sequence, taggedBytes } from '../../src/certificates/der.ts';
import { describeCertificate, parseAlternativeNames } from '../../src/certificates/describe-certificate.ts';
import { pem } from '../config/pem.ts';
import { dayMs, make, makeAuthority, noon } from './made.ts';

t.test('what there is to say of a certificate', async (t) => {
  t.same(describeCertificate(pem.goodCert), {
    subject: 'CN=good.example',
    names: ['good.example'],
    issuer: 'CN=good.example',
    notBefore: Date.UTC(2026, 10, 25, 20, 49, 29),
    notAfter: Date.UTC(2126, 10, 1, 20, 49, 29),
    fingerprint256: new X509Certificate(pem.goodCert).fingerprint256,
    serial: '62980C7C1C87A5490ED86AC142335B3DCAEA1467',
    isSelfSigned: true,
  });
});

t.test('of one that another has issued', async (t) => {
  const root = make({ subject: { organization: 'Example', commonName: 'root' }, authority: { pathLength: 0 } });
  const { certificate } = make({ by: root, subject: {}, names: ['B.example', '*.a.example', '10.0.0.1', '0::1'] });
  t.match(describeCertificate(certificate), {
    subject: '',
    issuer: 'O=Example, CN=root',
    names: ['b.example', '*.a.example', '10.0.0.1', '::1'],
    notBefore: noon - dayMs,
    notAfter: noon + 10 * dayMs,
    isSelfSigned: false,
  });
});

t.test('an issuer of the same name is not the certificate itself', async (t) => {
  const root = makeAuthority('same');
  t.equal(describeCertificate(make({ by: root, subject: { commonName: 'same' } }).certificate).isSelfSigned, false);
});

t.test('without alternative names, the common name counts', async (t) => {
  t.same(describeCertificate(make({ subject: { commonName: 'Old.example' } }).certificate).names, ['old.example']);
  t.same(describeCertificate(make({ subject: { commonName: 'An Authority' } }).certificate).names, []);
  t.same(describeCertificate(make({ subject: { commonName: 'no' }, names: ['yes'] }).certificate).names, ['yes']);
});

for (const [what, text] of [
  ['ends the line', 'a\nCN=b.example'],
  ['moves the cursor', 'a\u001b[2Jb'],
  ['turns the direction round', 'a\u202eb'],
] as const) {
  t.test(`a subject that ${what} is shown harmless`, async (t) => {
    const { subject } = describeCertificate(make({ subject: { commonName: text } }).certificate);
    t.notMatch(subject, /[\p{C}\p{Zl}\p{Zp}]/u);
  });
}

t.test('a long subject is cut', async (t) => {
  const { subject } = describeCertificate(make({ subject: { organization: 'x'.repeat(298) } }).certificate);
  t.equal(subject, `O=${'x'.repeat(298)}`);
  const longer = describeCertificate(make({ subject: { organization: 'x'.repeat(299) } }).certificate);
  t.equal(longer.subject, `O=${'x'.repeat(297)}…`);
});

for (const [text, expected] of [
  ['', []],
  ['DNS:a.example', ['a.example']],
  ['DNS:a.example, DNS:b.example', ['a.example', 'b.example']],
  ['IP Address:10.0.0.1, DNS:a.example', ['10.0.0.1', 'a.example']],
  ['email:me@example.com, DNS:a.example, URI:http://b.example/', ['a.example']],
  ['DirName:"CN = a.example, O = DNS:b.example", DNS:c.example', ['c.example']],
  ['othername:<unsupported>, DNS:a.example', ['a.example']],
  ['DNS:"a.example, DNS:b.example"', ['a.example, DNS:b.example']],
  ['DNS:"a\\", DNS:b.example", DNS:c.example', ['a", DNS:b.example', 'c.example']],
  ['DNS:"a\\u0000.example"', ['a\u0000.example']],
  ['URI:"http://a/, DNS:b.example"', []],
] as const) {
  t.test(`alternative names: ${text}`, async (t) => {
    t.same(parseAlternativeNames(text), expected);
  });
}

for (const [what, name] of [
  ['holds another one', taggedBytes(2, Buffer.from('a.example, DNS:bank.example'))],
  ['holds a zero', taggedBytes(2, Buffer.from('bank.example\0.a.example'))],
  ['holds a quote', taggedBytes(2, Buffer.from('a", DNS:bank.example, DNS:"'))],
  ['is empty', taggedBytes(2, Buffer.alloc(0))],
  ['is too long', taggedBytes(2, Buffer.from('bank.example.'.repeat(20)))],
  ['is an address of five bytes', taggedBytes(7, Buffer.from([10, 0, 0, 1, 9]))],
  ['is a URI', taggedBytes(6, Buffer.from('http://bank.example, DNS:bank.example'))],
  ['is a mail address', taggedBytes(1, Buffer.from('me@bank.example'))],
] as const) {
  t.test(`an alternative name that ${what} is none`, async (t) => {
    const value = encode(sequence(name, taggedBytes(2, Buffer.from('good.example'))));
    const { certificate } = make({ extensions: [{ id: '2.5.29.17', isCritical: false, value }] });
    t.same(describeCertificate(certificate).names, ['good.example']);
  });
}

t.test('a text without a certificate is refused', async (t) => {
  t.throws(() => describeCertificate(pem.goodKey));
  t.throws(() => describeCertificate(''));
});
