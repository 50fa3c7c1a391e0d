import t from 'tap';

import { createUrlRule } from '../../../src/certificates/acme/urls.ts';

t.test('directories', async (t) => {
  const fine = [
    'https://acme.example/directory',
    'https://acme.example:14000/dir?x=1',
    'https://[2001:db8::1]/directory',
    'http://127.0.0.1:14000/directory',
    'http://localhost/directory',
    'http://[::1]:14000/directory',
  ];
  for (const url of fine) t.ok(createUrlRule(url), url);
  const wrong = [
    '',
    'acme.example',
    'ftp://acme.example/',
    'http://acme.example/directory',
    'http://127.0.0.1.evil.example/directory',
    'http://localhost.evil.example/directory',
    'https://user@acme.example/',
    'https://user:password@acme.example/',
    'https://acme.example/#part',
    'https://acme.example/a b',
    'https://bücher.example/',
    'https://',
    `https://acme.example/${'a'.repeat(2028)}`,
  ];
  for (const url of wrong) t.throws(() => createUrlRule(url), { name: 'AcmeError', message: /https: URL/ }, url);
  t.ok(createUrlRule(`https://acme.example/${'a'.repeat(2027)}`));
});

t.test('what the authority sends', async (t) => {
  const rule = createUrlRule('https://acme.example/directory');
  t.equal(rule.host, 'acme.example');
  t.equal(rule.check('https://other.example', 'the order'), 'https://other.example');
  const wrong = [
    'http://acme.example/order',
    'http://127.0.0.1/order',
    '/order/1',
    7,
    null,
    undefined,
    ['https://a.example'],
  ];
  for (const url of wrong) {
    t.throws(() => rule.check(url, 'the order'), { message: 'acme.example gave no usable URL for the order' });
  }
});

t.test('http is for an authority on loopback, and stays there', async (t) => {
  const rule = createUrlRule('http://127.0.0.1:14000/directory');
  t.equal(rule.check('http://localhost:14001/order', 'the order'), 'http://localhost:14001/order');
  t.equal(rule.check('https://acme.example/order', 'the order'), 'https://acme.example/order');
  t.throws(() => rule.check('http://192.0.2.1/order', 'the order'), { name: 'AcmeError' });
});
