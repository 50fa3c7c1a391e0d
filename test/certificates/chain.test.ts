import type { X509Certificate } from 'node:crypto';

import t from 'tap';

import { orderChain } from '../../src/certificates/chain.ts';
import { make, makeAuthority } from './made.ts';

const root = makeAuthority('root');
const between = makeAuthority('between', root);
const leaf = make({ by: between, names: ['a.example'] });
const otherRoot = makeAuthority('other root');
/** The same authority, signed by another root. */
const crossed = make({
  by: otherRoot,
  key: between.key,
  subject: { commonName: 'between' },
  authority: { pathLength: 0 },
});
const stranger = make({ names: ['stranger.example'] });

const all: Readonly<Record<string, X509Certificate>> = {
  leaf: leaf.certificate,
  between: between.certificate,
  root: root.certificate,
  crossed: crossed.certificate,
  otherRoot: otherRoot.certificate,
  stranger: stranger.certificate,
};
const nameOf = (certificate: X509Certificate): string =>
  Object.keys(all).find((name) => all[name]?.fingerprint256 === certificate.fingerprint256) ?? '?';

for (const [given, chain, strangers] of [
  ['leaf', 'leaf', ''],
  ['leaf between', 'leaf between', ''],
  ['leaf between root', 'leaf between root', ''],
  ['leaf root between', 'leaf between root', ''],
  ['root between leaf', 'leaf between root', ''],
  ['leaf between crossed root otherRoot', 'leaf between crossed root otherRoot', ''],
  ['leaf crossed otherRoot between', 'leaf crossed otherRoot between', ''],
  ['leaf stranger between', 'leaf between', 'stranger'],
  ['leaf root', 'leaf', 'root'],
  ['leaf leaf between between', 'leaf between', ''],
] as const) {
  t.test(`${given} becomes ${chain}${strangers === '' ? '' : `, without ${strangers}`}`, async (t) => {
    const certificates = given.split(' ').map((name) => all[name] as X509Certificate);
    const ordered = orderChain(leaf.certificate, certificates);
    t.equal(ordered.chain.map(nameOf).join(' '), chain);
    t.equal(ordered.strangers.map(nameOf).join(' '), strangers);
  });
}
