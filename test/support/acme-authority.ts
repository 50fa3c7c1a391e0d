import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Test } from 'tap';

const run = promisify(execFile);

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface Pair {
  /** PEM */
  readonly cert: string;
  readonly key: string;
}

/** An authority with an authority below it, made by openssl. */
export interface TestAuthority {
  /** PEM of what is to be trusted. */
  readonly root: string;
  readonly intermediate: string;
  /** For the server on 127.0.0.1. */
  readonly server: Pair;
  /** The names that a request (DER) asks for, sorted; rejects when it is not signed by its own key. */
  namesOf(request: Buffer): Promise<readonly string[]>;
  /** The public key of a request, PEM. */
  keyOf(request: Buffer): Promise<string>;
  /** PEM of the certificate for a request, with the extensions that it asks for. */
  issue(request: Buffer): Promise<string>;
}

export async function createTestAuthority(folder: string): Promise<TestAuthority> {
  const openssl = await createOpenssl(folder);
  const at = (name: string): string => join(folder, name);
  const pair = async (name: string, subject: string, extensions: readonly string[], issuer?: string): Promise<Pair> => {
    const by = issuer === undefined ? [] : ['-CA', at(`${issuer}.pem`), '-CAkey', at(`${issuer}.key`)];
    const out = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), '-days', '3650'];
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    await openssl('req', '-x509', ...curve, '-subj', `/CN=${subject}`, ...by, ...added, ...out);
    return { cert: await readFile(at(`${name}.pem`), 'utf8'), key: await readFile(at(`${name}.key`), 'utf8') };
  };
  const isAuthority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const root = await pair('root', 'Test root', isAuthority);
  const intermediate = await pair('intermediate', 'Test issuer', isAuthority, 'root');
  const server = await pair('server', 'Test directory', ['subjectAltName=IP:127.0.0.1,DNS:localhost'], 'root');

  const written = async (request: Buffer): Promise<string> => {
    const file = at(`${randomBytes(6).toString('hex')}.csr`);
    await writeFile(file, request);
    return file;
  };

  return {
    root: root.cert,
    intermediate: intermediate.cert,
    server,
    async namesOf(request) {
      const file = await written(request);
      const text = await openssl('req', '-in', file, '-inform', 'DER', '-verify', '-noout', '-text');
      const [, list = ''] = /Subject Alternative Name:[^\n]*\n\s*([^\n]*)/.exec(text) ?? [];
      return list
        .split(', ')
        .map((entry) => shortest(entry.replace(/^(?:DNS|IP Address):/, '').toLowerCase()))
        .sort();
    },
    async keyOf(request) {
      return openssl('req', '-in', await written(request), '-inform', 'DER', '-pubkey', '-noout');
    },
    async issue(request) {
      const issuer = ['-CA', at('intermediate.pem'), '-CAkey', at('intermediate.key')];
      const file = await written(request);
      return openssl(
        'x509',
        '-req',
        '-in',
        file,
        '-inform',
        'DER',
        ...issuer,
        '-days',
        '90',
        '-copy_extensions',
        'copy',
      );
    },
  };
}

/** A certificate request as a client makes it. */
export async function makeTestRequest(
  folder: string,
  names: readonly string[],
): Promise<{ readonly der: Buffer; readonly key: string }> {
  const openssl = await createOpenssl(folder);
  const name = join(folder, randomBytes(6).toString('hex'));
  const out = ['-outform', 'DER', '-out', `${name}.csr`, '-keyout', `${name}.key`];
  await openssl('req', '-new', ...curve, '-subj', '/', '-addext', alternativeNames(names), ...out);
  return { der: await readFile(`${name}.csr`), key: await readFile(`${name}.key`, 'utf8') };
}

/** RFC 8737 3: what is shown to who comes with acme-tls/1. */
export async function makeChallengeCertificate(folder: string, name: string, digest: Buffer): Promise<Pair> {
  const openssl = await createOpenssl(folder);
  const file = join(folder, randomBytes(6).toString('hex'));
  const proof = `1.3.6.1.5.5.7.1.31=critical,DER:0420${digest.toString('hex')}`;
  const added = ['-addext', alternativeNames([name]), '-addext', proof];
  const out = ['-out', `${file}.pem`, '-keyout', `${file}.key`];
  await openssl('req', '-x509', ...curve, '-subj', '/', ...added, ...out);
  return { cert: await readFile(`${file}.pem`, 'utf8'), key: await readFile(`${file}.key`, 'utf8') };
}

/** openssl writes IPv6 addresses out. */
function shortest(name: string): string {
  return isIPv6(name) ? new URL(`http://[${name}]/`).hostname.slice(1, -1) : name;
}

function alternativeNames(names: readonly string[]): string {
  return `subjectAltName=${names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',')}`;
}

/** One more folder of a test: tap has only one for each. */
export function makeFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-acme-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Openssl = (...words: readonly string[]) => Promise<string>;

/** The distribution's own configuration would add extensions. */
async function createOpenssl(folder: string): Promise<Openssl> {
  const config = join(folder, 'openssl.cnf');
  await writeFile(config, '[req]\ndistinguished_name = subject\n[subject]\n');
  return async (...words) => (await run('openssl', words, { env: { ...process.env, OPENSSL_CONF: config } })).stdout;
}
