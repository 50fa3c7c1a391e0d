import t from 'tap';

import {
  fingerprintOf,
  flawOfHostKey,
  hostKeyAlgorithms,
  isKnownHost,
} from '../../../../src/deliveries/targets/sftp/host-key.ts';

// Made by ssh-keygen, which shows these fingerprints.
const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB';
const blob = Buffer.from(ed25519.split(' ')[1] ?? '', 'base64');
const other = Buffer.concat([blob.subarray(0, -1), Buffer.from([2])]);

const table: readonly (readonly [text: string, isFine: boolean])[] = [
  ['any', true],
  ['Any', false],
  ['', false],
  [`SHA256:${'a'.repeat(43)}`, true],
  [`SHA256:${'a'.repeat(43)}=`, true],
  [`SHA256:${'a'.repeat(42)}`, false],
  [`SHA256:${'a'.repeat(44)}`, false],
  [`MD5:${'aa:'.repeat(15)}aa`, false],
  [ed25519, true],
  [`${ed25519} comment of any kind`, true],
  [ed25519.replace('ssh-ed25519', 'ssh-rsa'), false],
  ['ssh-ed25519 AAAA', false],
  [`ssh-dss ${ed25519.split(' ')[1]}`, false],
  [`files.example.com ${ed25519}`, false],
];

t.test('what may stand in the configuration', async (t) => {
  for (const [text, isFine] of table) t.equal(flawOfHostKey(text) === null, isFine, text);
});

t.test('a server is known by its key, its fingerprint, or not at all', async (t) => {
  const print = fingerprintOf(blob);
  t.match(print, /^SHA256:[A-Za-z0-9+/]{43}$/);
  for (const known of [ed25519, `${ed25519} comment`, print, `${print}=`]) {
    t.equal(isKnownHost([known], blob), true, known);
    t.equal(isKnownHost([known], other), false, known);
  }
  t.equal(isKnownHost([fingerprintOf(other), print], blob), true);
  t.equal(isKnownHost(['any'], other), true);
  t.equal(isKnownHost([], blob), false);
});

t.test('who is known by whole keys is asked for these', async (t) => {
  t.same(hostKeyAlgorithms([ed25519]), ['ssh-ed25519']);
  t.same(hostKeyAlgorithms(['ssh-rsa AAAA', ed25519]), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']);
  t.equal(hostKeyAlgorithms([ed25519, 'SHA256:x']), null);
  t.equal(hostKeyAlgorithms(['any']), null);
});
