import t from 'tap';

import { createShapes } from '../../../src/certificates/acme/shapes.ts';
import { createUrlRule } from '../../../src/certificates/acme/urls.ts';

const shapes = createShapes(createUrlRule('https://acme.example/directory'));
const url = 'https://acme.example/x';
const token = 'a'.repeat(22);

const directory = { newNonce: url, newAccount: url, newOrder: url };
const order = { status: 'pending', authorizations: [url], finalize: url };
const challenge = { type: 'http-01', status: 'pending', url, token };
const authorization = { status: 'pending', identifier: { type: 'dns', value: 'a.example' }, challenges: [challenge] };

t.test('what is as it should be', async (t) => {
  t.same(shapes.directory({ ...directory, keyChange: 7 }), {
    ...directory,
    termsOfService: null,
    isExternalAccountRequired: false,
  });
  t.match(shapes.directory({ ...directory, meta: { termsOfService: 't', externalAccountRequired: true } }), {
    termsOfService: 't',
    isExternalAccountRequired: true,
  });
  t.same(shapes.account({ status: 'deactivated' }), { status: 'deactivated' });
  t.same(shapes.order({ ...order, identifiers: 7 }), { ...order, certificate: null, error: undefined });
  t.match(shapes.order({ ...order, certificate: url, error: { detail: 'no' } }), {
    certificate: url,
    error: { detail: 'no' },
  });
  t.match(shapes.authorization(authorization), { status: 'pending', identifier: 'a.example', challenges: [challenge] });
});

t.test('what is not', async (t) => {
  const wrong: readonly (readonly [() => unknown, string])[] = [
    [() => shapes.directory(null), 'sent no usable directory'],
    [() => shapes.directory([]), 'sent no usable directory'],
    [() => shapes.directory('text'), 'sent no usable directory'],
    [() => shapes.directory({ ...directory, meta: 7 }), 'sent no usable directory'],
    [() => shapes.directory({ ...directory, newOrder: undefined }), 'gave no usable URL for newOrder'],
    [() => shapes.directory({ ...directory, newNonce: 'http://acme.example/' }), 'gave no usable URL for newNonce'],
    [() => shapes.account({}), 'sent no usable status of an account'],
    [() => shapes.account({ status: 'toString' }), 'sent no usable status of an account'],
    [() => shapes.order({ ...order, status: 'done' }), 'sent no usable status of an order'],
    [() => shapes.order({ ...order, status: ['valid'] }), 'sent no usable status of an order'],
    [() => shapes.order({ ...order, authorizations: url }), 'sent no usable list of authorizations'],
    [() => shapes.order({ ...order, authorizations: [] }), 'sent no usable list of authorizations'],
    [() => shapes.order({ ...order, authorizations: [7] }), 'gave no usable URL for an authorization'],
    [() => shapes.order({ ...order, finalize: null }), 'gave no usable URL for the end of an order'],
    [() => shapes.order({ ...order, certificate: null }), 'gave no usable URL for the certificate'],
    [() => shapes.authorization({ ...authorization, status: 7 }), 'sent no usable status of an authorization'],
    [() => shapes.authorization({ ...authorization, identifier: {} }), 'sent no usable name of an authorization'],
    [() => shapes.authorization({ ...authorization, challenges: {} }), 'sent no usable list of challenges'],
    [() => shapes.authorization({ ...authorization, challenges: [7] }), 'sent no usable challenge'],
    [() => shapes.authorization({ ...authorization, challenges: [{ url }] }), 'sent no usable type of a challenge'],
  ];
  for (const [parse, message] of wrong) t.throws(parse, { name: 'AcmeError', message: `acme.example ${message}` });
});

t.test('tokens', async (t) => {
  const tokenOf = (text: unknown): string | null | undefined =>
    shapes.authorization({ ...authorization, challenges: [{ ...challenge, token: text }] }).challenges[0]?.token;
  const long = 'aA0_-'.repeat(52).slice(0, 256);
  t.equal(tokenOf(token), token);
  t.equal(tokenOf(long), long);
  for (const wrong of [
    token.slice(1),
    `${long}a`,
    `${token}=`,
    `${token}/`,
    `${token}\n`,
    `../${token}`,
    '',
    7,
    undefined,
  ])
    t.equal(tokenOf(wrong), null, String(wrong));
});

t.test('lists have their limits', async (t) => {
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  t.ok(shapes.order({ ...order, authorizations: many(200, url) }));
  t.throws(() => shapes.order({ ...order, authorizations: many(201, url) }), { name: 'AcmeError' });
  t.ok(shapes.authorization({ ...authorization, challenges: many(20, challenge) }));
  t.throws(() => shapes.authorization({ ...authorization, challenges: many(21, challenge) }), { name: 'AcmeError' });
});
