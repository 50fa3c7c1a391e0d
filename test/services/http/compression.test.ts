import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import t, { type Test } from 'tap';

import { sendRepresentation } from '../../../src/services/http/files/send.ts';
import type { Exchange } from '../../../src/services/http/route.ts';
import type { Peer } from '../../support/dial.ts';
import { serveRoutes } from '../../support/exchange.ts';
import { createFakeContext } from '../../support/fake-context.ts';

const text = 'All work and no play makes a dull page. '.repeat(1_000);

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

async function ask(
  t: Test,
  handle: (exchange: Exchange) => Promise<void> | void,
  { accept = 'gzip', method = 'GET' } = {},
): Promise<Answer> {
  const settings = { compression: true };
  const served = await serveRoutes(t, { '/': { handle: async (exchange) => handle(exchange) } }, { settings });
  const { peer } = await served.connect();
  await peer.write(`${method} / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: ${accept}\r\nConnection: close\r\n\r\n`);
  return read(peer);
}

async function read(peer: Peer): Promise<Answer> {
  const bytes = await peer.rest();
  peer.end();
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ') as [string, string]));
  const rest = bytes.subarray(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : rest;
  return { status: Number(first.split(' ')[1]), headers, body };
}

function unchunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
}

const page = { 'Content-Type': 'text/html' };

t.test('compresses texts, however they are given', async (t) => {
  const ways: Record<string, (exchange: Exchange) => Promise<void> | void> = {
    'head as a map, all at once': ({ response }) => void response.writeHead(200, { ...page, ETag: '"a"' }).end(text),
    'head as a list': ({ response }) =>
      void response.writeHead(200, ['Content-Type', 'text/html', 'Content-Length', '40000', 'ETag', '"a"']).end(text),
    'no head': ({ response }) => void response.setHeader('ETag', '"a"').setHeader('Content-Type', 'text/css').end(text),
    'in pieces': async ({ response }) => {
      response.setHeader('Content-Type', 'text/plain');
      response.setHeader('ETag', '"a"');
      for (let at = 0; at < text.length; at += 1_000) {
        if (!response.write(text.slice(at, at + 1_000)))
          await new Promise((resolve) => response.once('drain', resolve));
      }
      await new Promise<void>((resolve) => response.end(resolve));
    },
  };
  for (const [way, handle] of Object.entries(ways)) {
    for (const [accept, decompress] of [
      ['gzip', gunzipSync],
      ['zstd', zstdDecompressSync],
    ] as const) {
      const { headers, body } = await ask(t, handle, { accept });
      t.equal(headers['content-encoding'], accept, way);
      t.equal(headers['vary'], 'accept-encoding', way);
      t.equal(headers['etag'], 'w/"a"', way);
      t.ok(body.length < 2_000, way);
      t.equal(decompress(body).toString(), text, way);
    }
  }
});

t.test('leaves alone what is no text, is short, is compressed, or shall not be touched', async (t) => {
  const cases: readonly (readonly [why: string, handle: (exchange: Exchange) => void])[] = [
    ['an image', ({ response }) => void response.writeHead(200, { 'Content-Type': 'image/png' }).end(text)],
    ['a short text', ({ response }) => void response.writeHead(200, { ...page, 'Content-Length': 3 }).end('abc')],
    ['compressed', ({ response }) => void response.writeHead(200, { ...page, 'Content-Encoding': 'br' }).end(text)],
    [
      'asked not to',
      ({ response }) => void response.writeHead(200, { ...page, 'Cache-Control': 'no-transform' }).end(text),
    ],
    ['a part', ({ response }) => void response.writeHead(206, { ...page, 'Content-Range': 'bytes 0-1/2' }).end('ab')],
    ['events', ({ response }) => void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(text)],
    ['nothing said', ({ response }) => void response.writeHead(200).end(text)],
  ];
  for (const [why, handle] of cases) {
    const { headers, body } = await ask(t, handle);
    t.not(headers['content-encoding'], 'gzip', why);
    t.ok(body.length === text.length || body.length <= 3, why);
  }
  const nothing = await ask(t, ({ response }) => void response.writeHead(304, page).end());
  t.equal(nothing.status, 304);
  const head = await ask(t, ({ response }) => void response.writeHead(200, page).end(text), { method: 'HEAD' });
  t.equal(head.headers['vary'], 'accept-encoding');
  t.equal(head.body.length, 0);
  const plain = await ask(t, ({ response }) => void response.writeHead(200, page).end(text), { accept: 'identity' });
  t.equal(plain.headers['vary'], 'accept-encoding');
  t.equal(plain.body.toString(), text);
});

t.test('several cookies stay several, and Vary keeps what it says', async (t) => {
  const { headers } = await ask(t, ({ response }) => {
    response.writeHead(200, ['Content-Type', 'text/html', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Vary', 'Cookie']);
    response.end(text);
  });
  t.equal(headers['vary'], 'cookie, accept-encoding');
  t.equal(headers['set-cookie'], 'b=2');
});

t.test('what is written goes out while more is still to come', async (t) => {
  const gate = Promise.withResolvers<void>();
  const settings = { compression: true };
  const route = {
    async handle({ response }: Exchange) {
      response.setHeader('Content-Type', 'text/plain');
      response.write('first');
      await gate.promise;
      response.end('second');
    },
  };
  const served = await serveRoutes(t, { '/': route }, { settings });
  const { peer } = await served.connect();
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n');
  let seen = '';
  while (!seen.includes('\r\n\r\n')) seen += (await peer.bytes(1)).toString('latin1');
  // Two chunks: the head of the format, and what was written.
  for (let ends = 0; ends < 4;) {
    if ((await peer.bytes(1))[0] === 10) ends += 1;
  }
  gate.resolve();
  await peer.rest();
  peer.end();
  t.pass();
});

t.test('a peer that leaves costs nothing', async (t) => {
  const settings = { compression: true };
  const ended = Promise.withResolvers<void>();
  const route = {
    async handle({ response }: Exchange) {
      response.setHeader('Content-Type', 'text/plain');
      response.once('close', () => ended.resolve());
      response.write(text);
      await ended.promise;
    },
  };
  const served = await serveRoutes(t, { '/': route }, { settings });
  const { peer } = await served.connect();
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
  await peer.bytes(20);
  peer.reset();
  await ended.promise;
  await turn();
  t.same(served.failures, []);
});

t.test('the descriptor of a file that is sent stays its owner’s, also when the peer leaves', async (t) => {
  const path = join(t.testdir({ 'big.txt': 'x'.repeat(20_000_000) }), 'big.txt');
  const over = Promise.withResolvers<unknown>();
  const fd = fs.openSync(path, 'r');
  t.teardown(() => fs.closeSync(fd));
  const file = {
    size: 20_000_000,
    headers: ['Content-Type', 'text/plain'],
    type: 'text/plain',
    bytes: null,
    text: null,
    fd,
  };
  const route = {
    async handle(exchange: Exchange) {
      await Promise.resolve(sendRepresentation(exchange, file as never, { context: createFakeContext() })).then(
        () => over.resolve(null),
        (error: unknown) => over.resolve(error),
      );
    },
  };
  const served = await serveRoutes(t, { '/': route }, { settings: { compression: true } });
  const { peer } = await served.connect();
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
  await peer.bytes(20);
  peer.reset();
  t.match(await over.promise, { message: 'the peer has left' });
  // Long enough for whoever would close it.
  for (let i = 0; i < 20; i += 1) await turn();
  t.equal(fs.fstatSync(fd).size, 20_000_000);
});
