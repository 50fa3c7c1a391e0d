import t, { type Test } from 'tap';

import { createAcmeModule } from '../../src/worker/acme-module.ts';
import { serve, type Served } from '../support/serve.ts';

async function setUp(
  t: Test,
  answers: Readonly<Record<string, string>> = { 'aB3-_': 'aB3-_.thumbprint' },
): Promise<Served> {
  const served = await serve(createAcmeModule((token) => new Map(Object.entries(answers)).get(token) ?? null));
  t.teardown(() => served.close());
  return served;
}

async function get(served: Served, target: string, head = 'Host: a.example\r\n'): Promise<string> {
  const { peer } = await served.connect();
  await peer.write(`GET ${target} HTTP/1.1\r\n${head}\r\n`);
  const text = (await peer.rest()).toString();
  peer.end();
  return text;
}

t.test('an authority gets its answer, and the connection ends', async (t) => {
  const served = await setUp(t);
  const text = await get(served, '/.well-known/acme-challenge/aB3-_');
  t.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(text, /\r\ncontent-type: text\/plain\r\n/i);
  t.match(text, /\r\n\r\n(?:[0-9a-f]+\r\n)?aB3-_\.thumbprint/);
});

t.test('everybody else gets nothing', async (t) => {
  const served = await setUp(t);
  for (const target of [
    '/',
    '/.well-known/acme-challenge/',
    '/.well-known/acme-challenge/other',
    '/.well-known/acme-challenge/aB3-_/',
    '/.well-known/acme-challenge/aB3-_?x',
    '/.well-known/acme-challenge/../acme-challenge/aB3-_',
    '/.well-known/acme-challenge/%61B3-_',
    '//.well-known/acme-challenge/aB3-_',
    `/.well-known/acme-challenge/${'x'.repeat(257)}`,
    '/.well-known/acme-challenge/__proto__',
    'http://a.example/.well-known/acme-challenge/aB3-_',
  ])
    t.match(await get(served, target), /^HTTP\/1\.1 404 /, target);
});

t.test('what is no HTTP is refused, and headers have an end', async (t) => {
  const served = await setUp(t);
  const { peer } = await served.connect();
  await peer.write('\u0016\u0003\u0001hello\r\n\r\n');
  t.match((await peer.rest()).toString(), /^HTTP\/1\.1 400 /);
  peer.end();
  t.match(await get(served, '/', `Host: a.example\r\nX: ${'x'.repeat(9_000)}\r\n`), /^HTTP\/1\.1 431 /);
});

t.test('a peer that leaves ends its session', async (t) => {
  const served = await setUp(t);
  const { peer, ended } = await served.connect();
  await peer.write('GET / HT');
  peer.socket.destroy();
  t.ok(['end', 'error'].includes(await ended));
  t.same(served.failures, []);
});
