import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import type { DeliveryDesk } from '../../../../src/contract/delivery.ts';
import { createUploadRoute, uploadRouteOptions } from '../../../../src/services/http/upload/index.ts';
import { dial } from '../../../support/dial.ts';
import { serveRoutes } from '../../../support/exchange.ts';

async function serveUploads(t: Test, options: Record<string, unknown> = {}, desk?: DeliveryDesk) {
  const folder = join(t.testdir({}), 'incoming');
  fs.mkdirSync(folder);
  const parsed = uploadRouteOptions.parse({ upload: true, directory: folder, ...options });
  const served = await serveRoutes(t, { '/drop/': (host) => createUploadRoute(parsed, host, desk) });
  const url = `http://127.0.0.1:${served.port}/drop/`;
  const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', body, headers: { ...headers, connection: 'close' } });
  const stored = () =>
    fs
      .readdirSync(folder, { withFileTypes: true, recursive: true })
      .flatMap((entry) => (entry.isFile() ? [entry.name] : []))
      .sort();
  return { url, folder, served, port: served.port, post, stored };
}

const boundary = 'frontier';
const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };

/** A form written by hand: each part with its headers, ended properly. */
function form(...parts: string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
}

function file(name: string, body: string): string {
  return `Content-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${body}`;
}

t.test('one file', async (t) => {
  const { post, stored, folder, served } = await serveUploads(t);
  const data = new FormData();
  data.append('note', 'not kept');
  data.append('file', new Blob(['hello'], { type: 'text/plain' }), 'a ä.txt');
  const answer = await post(data);
  t.equal(answer.status, 201);
  const receipt = await answer.json();
  t.match(receipt, {
    name: 'a ä.txt',
    size: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  });
  t.same(stored(), ['a ä.txt']);
  t.equal(fs.readFileSync(join(folder, 'a ä.txt'), 'utf8'), 'hello');
  t.match(served.items, [{ name: 'a ä.txt', type: 'text/plain' }]);
});

t.test('several files', async (t) => {
  const { post, stored, folder, served } = await serveUploads(t);
  const data = new FormData();
  const large = 'x'.repeat(3_000_000);
  data.append('a', new Blob(['']), 'empty');
  data.append('b', new Blob([large]), 'large');
  data.append('c', new Blob(['c']), 'small');
  const answer = await post(data);
  t.equal(answer.status, 201);
  t.match(await answer.json(), [
    { name: 'empty', size: 0 },
    { name: 'large', size: 3_000_000 },
    { name: 'small', size: 1 },
  ]);
  t.same(stored(), ['empty', 'large', 'small']);
  t.equal(fs.readFileSync(join(folder, 'large'), 'utf8'), large);
  t.equal(served.items.length, 3);
});

t.test('forms from elsewhere', async (t) => {
  const { post, stored } = await serveUploads(t);
  await t.test('folders in names are dropped', async (t) => {
    t.equal((await post(form(file('C:\\\\scans\\\\a.txt', 'x')), type)).status, 201);
    t.equal((await post(form(file('../../etc/b', 'x')), type)).status, 201);
    t.same(stored(), ['a.txt', 'b']);
  });
  await t.test('a field for a file that was left empty', async (t) => {
    t.equal((await post(form(file('', ''), file('c', 'x')), type)).status, 201);
    t.same(stored(), ['a.txt', 'b', 'c']);
    t.equal((await post(form(file('', '')), type)).status, 400, 'and no other');
  });
  await t.test('a file without a name gets one', async (t) => {
    const answer = await post(form(file('', 'x')), type);
    const { id, name } = (await answer.json()) as { id: string; name: string };
    t.equal(name, id);
  });
  await t.test('text behind the end', async (t) => {
    t.equal((await post(`${form(file('e', 'x'))}epilogue`, type)).status, 201);
  });
});

t.test('forms that are none', async (t) => {
  const { post, stored, url } = await serveUploads(t);
  for (const [what, body, headers] of [
    ['no boundary', form(file('a', 'x')), { 'content-type': 'multipart/form-data' }],
    ['nothing', '', type],
    ['no part', form(), type],
    ['no file', form('Content-Disposition: form-data; name="f"\r\n\r\nx'), type],
    ['no end', `--${boundary}\r\n${file('a', 'x')}`, type],
    ['no end of the headers', `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n`, type],
    ['another boundary', form(file('a', 'x')), { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a hidden name', form(file('.a', 'x')), type],
    ['a name with an escape', form(file('a\u001b[m', 'x')), type],
  ] as const)
    t.equal((await post(body, headers)).status, 400, what);
  const named = await fetch(`${url}a`, {
    method: 'POST',
    body: form(file('b', 'x')),
    headers: { ...type, connection: 'close' },
  });
  t.equal(named.status, 400, 'a path that names something else');
  t.same(stored(), []);
});

t.test('limits', async (t) => {
  await t.test('of the bytes of all files', async (t) => {
    const { post, stored } = await serveUploads(t, { max_size: '10B' });
    t.equal((await post(form(file('a', '12345'), file('b', '67890')), type)).status, 201);
    t.equal((await post(form(file('c', '12345'), file('d', '678901')), type)).status, 413);
    t.same(stored(), ['a', 'b']);
  });
  await t.test('of files', async (t) => {
    const { post, stored } = await serveUploads(t, { max_files: 2 });
    t.equal((await post(form(file('a', '1'), file('b', '2')), type)).status, 201);
    t.equal((await post(form(file('c', '1'), file('d', '2'), file('e', '3')), type)).status, 413);
    t.same(stored(), ['a', 'b']);
  });
  await t.test('of fields', async (t) => {
    const { post, stored } = await serveUploads(t);
    const fields = (count: number) =>
      Array(count).fill('Content-Disposition: form-data; name="f"\r\n\r\nx') as string[];
    t.equal((await post(form(...fields(100), file('a', '1')), type)).status, 201);
    t.equal((await post(form(...fields(101), file('b', '1')), type)).status, 413);
    t.same(stored(), ['a']);
  });
  await t.test('of the form as a whole', async (t) => {
    const { post, port, stored } = await serveUploads(t, { max_size: '10B' });
    const field = `Content-Disposition: form-data; name="f"\r\n\r\n${'x'.repeat(1_050_000)}`;
    t.equal((await post(form(field, file('a', '1')), type)).status, 413);
    const peer = await dial(port);
    t.teardown(() => peer.socket.destroy());
    await peer.write(
      `POST /drop/ HTTP/1.1\r\nHost: x\r\nContent-Type: ${type['content-type']}\r\nContent-Length: 1048587\r\n\r\n`,
    );
    t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 413', 'before it is sent');
    t.same(stored(), []);
  });
});

t.test('one that breaks off leaves nothing, not even the files that were whole', async (t) => {
  const { port, stored } = await serveUploads(t);
  const peer = await dial(port);
  const whole = form(file('a', 'x'.repeat(1000)), file('b', 'y'));
  await peer.write(
    `POST /drop/ HTTP/1.1\r\nHost: x\r\nContent-Type: ${type['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`,
  );
  await peer.write(whole.slice(0, -10));
  while (stored().length < 2) await turn();
  peer.reset();
  while (stored().length > 0) await turn();
});

t.test('a name that is taken', async (t) => {
  const { post, stored } = await serveUploads(t, { overwrite: false });
  t.equal((await post(form(file('a', 'x')), type)).status, 201);
  t.equal((await post(form(file('b', 'x'), file('a', 'x')), type)).status, 409);
  t.same(stored(), ['a'], 'and nothing of the form is kept');
});

t.test('a disk that fills up in the middle', async (t) => {
  const drafts: string[] = [];
  const desk: DeliveryDesk = {
    async begin({ name }) {
      drafts.push(`begin ${name}`);
      await turn();
      return {
        write: () =>
          name === 'b' ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : Promise.resolve(),
        seal: async () => {},
        commit: () => Promise.reject(new Error('never')),
        [Symbol.asyncDispose]: async () => void drafts.push(`drop ${name}`),
      };
    },
  };
  const { post, served } = await serveUploads(t, {}, desk);
  const large = 'x'.repeat(200_000);
  t.equal((await post(form(file('a', large), file('b', large), file('c', large)), type)).status, 507);
  t.same(
    drafts.filter((line) => line.startsWith('drop')).length,
    drafts.filter((line) => line.startsWith('begin')).length,
  );
  t.same(served.items, []);
});

t.test('no faster than it is stored', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const desk: DeliveryDesk = {
    begin: async ({ name }) => ({
      write: () => promise,
      seal: async () => {},
      commit: async () => ({ id: '1', name: name ?? '', size: 0, sha256: '', isReplacement: false }),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
  const { port, served } = await serveUploads(t, {}, desk);
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  const whole = form(file('a', 'x'.repeat(32 << 20)));
  await peer.write(
    `POST /drop/ HTTP/1.1\r\nHost: x\r\nContent-Type: ${type['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`,
  );
  const written = peer.write(whole);
  const readBytes = () => [...served.sessions][0]?.bytes.in ?? 0;
  let read = -1;
  while (read !== readBytes()) {
    read = readBytes();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.ok(read < 2 << 20, `${read} bytes`);
  resolve();
  await written;
  t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 201');
});
