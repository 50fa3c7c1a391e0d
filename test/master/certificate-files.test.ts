import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { authorityFolder, candidatesOf, filesOf } from '../../src/master/certificate-files.ts';
import { acmePlan } from '../support/plans.ts';

const files = { kind: 'files', cert: '/a/cert.pem', key: '/b/key.pem', passphrase: null } as const;
const selfSigned = { kind: 'self_signed', names: ['localhost'], command: [] } as const;

const own = { cert: '/state/ca/issued/default.pem', key: '/state/ca/issued/default.key' };
const issued = { cert: '/state/acme/default.pem', key: '/state/acme/default.key' };

t.test('where the halves of a certificate are', async (t) => {
  t.equal(authorityFolder('/state'), '/state/ca');
  t.match(candidatesOf('default', files, '/state'), [{ cert: '/a/cert.pem', key: '/b/key.pem' }]);
  t.same(candidatesOf('default', selfSigned, '/state'), [own]);
  t.same(candidatesOf('default', acmePlan(), '/state'), [issued, own]);
});

t.test('the first that is there with both halves, else the last', async (t) => {
  const state = t.testdir({ ca: { issued: { 'default.pem': '', 'default.key': '' } } });
  const found = (): string => filesOf('default', acmePlan(), state).cert.slice(state.length);
  t.equal(found(), '/ca/issued/default.pem');
  mkdirSync(join(state, 'acme'));
  writeFileSync(join(state, 'acme/default.key'), '');
  t.equal(found(), '/ca/issued/default.pem');
  writeFileSync(join(state, 'acme/default.pem'), '');
  t.equal(found(), '/acme/default.pem');
  t.equal(filesOf('other', acmePlan(), state).cert, join(state, 'ca/issued/other.pem'));
  t.match(filesOf('default', files, state), { cert: '/a/cert.pem', key: '/b/key.pem' });
});
