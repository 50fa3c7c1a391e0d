import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  hash,
  pbkdf2Sync,
  randomBytes,
  X509Certificate,
} from 'node:crypto';

import {
  bmpText,
  encode,
  integer,
  nothing,
  objectId,
  octets,
  sequence,
  set,
  tagged,
  taggedBytes,
  type DerNode,
} from './der.ts';
import type { CertificatePair } from './pair.ts';
import { deriveMacKey } from './pkcs12-mac-key.ts';
import { readPemBlocks } from './pem.ts';

// One file with certificate, chain and key under a password (PKCS#12, RFC 7292), for what takes nothing else. The
// encryption is the one that OpenSSL 3, Windows and macOS have in common today: PBES2 (RFC 8018) with AES-256.

export interface Pkcs12Order {
  readonly pair: CertificatePair;
  /** 1 to 256 characters. */
  readonly password: string;
  /** What programs list it as. */
  readonly friendlyName: string;
}

const iterations = 100_000;

export function createPkcs12({ pair, password, friendlyName }: Pkcs12Order): Buffer {
  if (password.length < 1 || password.length > 256) throw new RangeError('expected a password of 1 to 256 characters');
  const certificates = readPemBlocks(pair.cert).map(({ text }) => new X509Certificate(text));
  const leafId = hash('sha1', certificates[0]?.raw ?? Buffer.alloc(0), 'buffer');
  // RFC 7292 4.2: by these a program finds the certificate of the key.
  const attributes = bagAttributes(friendlyName, leafId);
  const bags = certificates.map(({ raw }, at) => certificateBag(raw, at === 0 ? attributes : null));
  const key = createPrivateKey(pair.key).export({ type: 'pkcs8', format: 'der' });
  const contents = encode(
    sequence(
      encryptedContent(encode(sequence(...bags)), password),
      plainContent(encode(sequence(keyBag(key, password, attributes)))),
    ),
  );
  return encode(sequence(integer(3), plainContent(contents), mac(contents, password)));
}

const ids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
};

function bagAttributes(friendlyName: string, keyId: Buffer): DerNode {
  return set(
    sequence(objectId(ids.friendlyName), set(bmpText(friendlyName))),
    sequence(objectId(ids.localKeyId), set(octets(keyId))),
  );
}

function certificateBag(der: Buffer, attributes: DerNode | null): DerNode {
  const certificate = sequence(objectId(ids.x509Certificate), tagged(0, octets(der)));
  return sequence(objectId(ids.certificateBag), tagged(0, certificate), ...(attributes === null ? [] : [attributes]));
}

/** RFC 7292 4.2.2: an EncryptedPrivateKeyInfo. */
function keyBag(der: Buffer, password: string, attributes: DerNode): DerNode {
  const { algorithm, bytes } = encrypt(der, password);
  return sequence(objectId(ids.shroudedKeyBag), tagged(0, sequence(algorithm, octets(bytes))), attributes);
}

function plainContent(bytes: Buffer): DerNode {
  return sequence(objectId(ids.data), tagged(0, octets(bytes)));
}

/** RFC 5652 8. */
function encryptedContent(content: Buffer, password: string): DerNode {
  const { algorithm, bytes } = encrypt(content, password);
  const inner = sequence(objectId(ids.data), algorithm, taggedBytes(0, bytes));
  return sequence(objectId(ids.encryptedData), tagged(0, sequence(integer(0), inner)));
}

/** RFC 8018 6.2. The password is UTF-8 here, other than for the MAC. */
function encrypt(content: Buffer, password: string): { readonly algorithm: DerNode; readonly bytes: Buffer } {
  const [salt, iv] = [randomBytes(16), randomBytes(16)];
  const key = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const bytes = Buffer.concat([cipher.update(content), cipher.final()]);
  const derivation = sequence(octets(salt), integer(iterations), sequence(objectId(ids.hmacWithSha256), nothing()));
  const scheme = sequence(sequence(objectId(ids.pbkdf2), derivation), sequence(objectId(ids.aes256Cbc), octets(iv)));
  return { algorithm: sequence(objectId(ids.pbes2), scheme), bytes };
}

/** RFC 7292 4: MacData. */
function mac(contents: Buffer, password: string): DerNode {
  const salt = randomBytes(16);
  const digest = createHmac('sha256', deriveMacKey({ password, salt, iterations })).update(contents).digest();
  const algorithm = sequence(objectId(ids.sha256), nothing());
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(iterations));
}
