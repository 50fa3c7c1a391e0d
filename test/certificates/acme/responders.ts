import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';

import type { Test } from 'tap';

import type { AcmeChallenge } from '../../../src/certificates/acme/challenges.ts';
import { makeChallengeCertificate, makeFolder, type Pair } from '../../support/acme-authority.ts';

// What answers challenges, so that the authority under test has somewhere to look.

export interface Responder {
  readonly port: number;
  /** In order: "publish a.example", "withdraw a.example". */
  readonly done: string[];
  readonly published: AcmeChallenge[];
  publish(challenge: AcmeChallenge): Promise<void>;
  withdraw(challenge: AcmeChallenge): Promise<void>;
}

export async function startHttpResponder(t: Test): Promise<Responder> {
  const answers = new Map<string, string>();
  const server = createHttpServer((request, response) => {
    const [, token = ''] = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? '') ?? [];
    const answer = answers.get(`${request.headers.host} ${token}`);
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return createResponder((server.address() as AddressInfo).port, async (challenge, isShown) => {
    if (challenge.kind !== 'http-01') throw new Error(`not asked for: ${challenge.kind}`);
    const key = `${challenge.name} ${challenge.token}`;
    if (isShown) answers.set(key, challenge.keyAuthorization);
    else answers.delete(key);
  });
}

type Certify = (name: string, digest: Buffer) => Promise<Pair>;

export async function startTlsAlpnResponder(t: Test, certify = byOpenssl(t)): Promise<Responder> {
  const contexts = new Map<string, SecureContext>();
  const server = createTlsServer({
    ALPNProtocols: ['acme-tls/1'],
    SNICallback: (name, done) => done(null, contexts.get(name)),
  });
  // Who asks for a name that nobody has published gets an alert, and hangs up.
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return createResponder((server.address() as AddressInfo).port, async (challenge, isShown) => {
    if (challenge.kind !== 'tls-alpn-01') throw new Error(`not asked for: ${challenge.kind}`);
    const { name, serverName, digest } = challenge;
    if (isShown) contexts.set(serverName, createSecureContext({ ...(await certify(name, digest)) }));
    else contexts.delete(serverName);
  });
}

function byOpenssl(t: Test): Certify {
  const folder = makeFolder(t);
  return (name, digest) => makeChallengeCertificate(folder, name, digest);
}

type Show = (challenge: AcmeChallenge, isShown: boolean) => Promise<void>;

function createResponder(port: number, show: Show): Responder {
  const done: string[] = [];
  const published: AcmeChallenge[] = [];
  return {
    port,
    done,
    published,
    async publish(challenge) {
      done.push(`publish ${challenge.name}`);
      published.push(challenge);
      await show(challenge, true);
    },
    async withdraw(challenge) {
      done.push(`withdraw ${challenge.name}`);
      await show(challenge, false);
    },
  };
}
