import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import type { Account } from '../../../../src/contract/account.ts';
import type { DeliveryDesk } from '../../../../src/contract/delivery.ts';
import { TemporaryError } from '../../../../src/contract/errors.ts';
import { createUploadRoute, uploadRouteOptions } from '../../../../src/services/http/upload/index.ts';
import { createDisk } from '../../../../src/system/disk.ts';
import { itemId } from '../../../../src/wire/item-id.ts';
import { dial, type Peer } from '../../../support/dial.ts';
import { createFakeContext } from '../../../support/fake-context.ts';
import { createMemoryDesk } from '../../../support/memory-desk.ts';
import { serveRoutes, type ServeRouteOptions } from '../../../support/exchange.ts';

interface Given extends ServeRouteOptions {
  readonly options?: Record<string, unknown>;
  readonly desk?: DeliveryDesk;
}

/** An upload route below /drop/, and the folder that it stores in. */
async function serveUploads(t: Test, { options = {}, desk, ...more }: Given = {}) {
  const folder = join(t.testdir({}), 'incoming');
  const parsed = uploadRouteOptions.parse({ upload: true, directory: folder, ...options });
  const served = await serveRoutes(t, { '/drop/': (host) => createUploadRoute(parsed, host, desk) }, more);
  return {
    folder,
    served,
    port: served.port,
    url: `http://127.0.0.1:${served.port}/drop`,
    stored: () => tree(folder),
    read: (name: string) => fs.readFileSync(join(folder, name), 'utf8'),
  };
}

/** All files of a folder, with those of the hidden ones. */
function tree(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

t.test('PUT stores what it brings, and says what came', async (t) => {
  const { url, read, stored, served } = await serveUploads(t);
  const answer = await ask(`${url}/a%20b.txt`, {
    method: 'PUT',
    body: 'hello',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
  t.equal(answer.status, 201);
  t.equal(answer.headers.get('location'), null, 'nobody would be given it there');
  t.equal(answer.headers.get('content-type'), 'application/json');
  const receipt = (await answer.json()) as { id: string };
  t.match(receipt.id, itemId, 'as those of deliveries');
  t.same(receipt, {
    id: receipt.id,
    name: 'a b.txt',
    size: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  });
  t.equal(read('a b.txt'), 'hello');
  t.same(stored(), ['a b.txt'], 'and leaves nothing else');
  t.same(served.items, [{ ...receipt, type: 'text/plain', account: undefined }]);
});

t.test('an empty thing is a thing', async (t) => {
  const { url, read } = await serveUploads(t);
  const answer = await ask(`${url}/empty`, { method: 'PUT' });
  t.equal(answer.status, 201);
  t.match(await answer.json(), { size: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' });
  t.equal(read('empty'), '');
});

t.test('large and without a length', async (t) => {
  const { url, folder } = await serveUploads(t);
  const chunk = Buffer.alloc(100_000, 'x');
  const body = new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      left -= 1;
      controller.enqueue(chunk);
    },
  });
  let left = 100;
  const answer = await ask(`${url}/large`, { method: 'PUT', body, duplex: 'half' });
  const sha256 = createHash('sha256')
    .update(fs.readFileSync(join(folder, 'large')))
    .digest('hex');
  t.match(await answer.json(), { size: 10_000_000, sha256 });
  t.equal(fs.statSync(join(folder, 'large')).size, 10_000_000);
});

t.test('PUT takes the place of what is there', async (t) => {
  const { url, read, stored } = await serveUploads(t);
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'one' })).status, 201);
  const answer = await ask(`${url}/a`, { method: 'PUT', body: 'two' });
  t.equal(answer.status, 200);
  t.match(await answer.json(), { name: 'a', size: 3 });
  t.equal(read('a'), 'two');
  t.same(stored(), ['a']);
});

t.test('with overwrite: false, what is there stays', async (t) => {
  const { url, read, stored, port } = await serveUploads(t, { options: { overwrite: false } });
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'one' })).status, 201);
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'two' })).status, 409);
  const peer = await connect(t, port);
  await peer.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
  t.match((await peer.rest()).toString(), /^HTTP\/1\.1 409 /, 'before it is sent');
  t.equal(read('a'), 'one');
  t.same(stored(), ['a']);
});

t.test('If-None-Match: * asks for something new', async (t) => {
  const { url, read } = await serveUploads(t);
  const put = (body: string) => ask(`${url}/a`, { method: 'PUT', body, headers: { 'if-none-match': '*' } });
  t.equal((await put('one')).status, 201);
  t.equal((await put('two')).status, 412);
  t.equal(read('a'), 'one');
});

t.test('a folder of that name is not replaced', async (t) => {
  const { url, folder } = await serveUploads(t);
  fs.mkdirSync(join(folder, 'a'));
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x' })).status, 409);
});

t.test('a link of that name is replaced, not followed', async (t) => {
  const { url, folder, read } = await serveUploads(t);
  const outside = join(folder, '../outside');
  fs.writeFileSync(outside, 'mine');
  fs.symlinkSync(outside, join(folder, 'a'));
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'yours' })).status, 200);
  t.equal(read('a'), 'yours');
  t.equal(fs.readFileSync(outside, 'utf8'), 'mine');
});

t.test('POST', async (t) => {
  const { url, stored } = await serveUploads(t);
  const post = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await ask(url + path, { method: 'POST', body: 'x', headers });
    return answer.ok ? ((await answer.json()) as { id: string; name: string }) : { id: answer.status, name: '' };
  };
  t.equal((await post('/a')).name, 'a', 'names by the path');
  t.equal((await post('/', { 'content-disposition': 'attachment; filename="b c"' })).name, 'b c', 'or by its header');
  t.equal((await post('/', { 'content-disposition': 'attachment; filename="../../d"' })).name, 'd');
  const nameless = await post('/');
  t.equal(nameless.name, nameless.id, 'or leaves it to us');
  t.equal((await post('/', { 'content-disposition': 'attachment; filename=".e"' })).id, 400);
  t.same(stored(), ['a', 'b c', 'd', nameless.name].sort());
});

t.test('names that are refused', async (t) => {
  const { url, folder, stored } = await serveUploads(t);
  const names = [
    '',
    '.hidden',
    '%2e%2e%2fx',
    'a/b',
    'a%5Cb',
    'a%0Ab',
    'a%1b%5Bm',
    'a%E2%80%AEb',
    'x'.repeat(256),
    '%ff',
  ];
  for (const name of names) {
    const { status } = await ask(`${url}/${name}`, { method: 'PUT', body: 'x' });
    t.ok(status === 400 || status === 404, `${name}: ${status}`);
  }
  t.equal((await ask(`${url}/${'x'.repeat(255)}`, { method: 'PUT', body: 'x' })).status, 201, 'the longest');
  t.equal((await ask(`${url}/${'%C3%A4'.repeat(127)}`, { method: 'PUT', body: 'x' })).status, 201);
  t.equal(
    (await ask(`${url}/${'%C3%A4'.repeat(128)}`, { method: 'PUT', body: 'x' })).status,
    400,
    'bytes count, not characters',
  );
  t.equal(stored().length, 2);
  t.same(fs.readdirSync(join(folder, '..')), ['incoming']);
});

t.test('what is too large', async (t) => {
  const { url, port, stored, read, served } = await serveUploads(t, { options: { max_size: '10B' } });
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x'.repeat(10) })).status, 201);
  t.equal((await ask(`${url}/b`, { method: 'PUT', body: 'x'.repeat(11) })).status, 413);
  await t.test('is refused before it is sent', async (t) => {
    for (const expectation of ['', 'Expect: 100-continue\r\n']) {
      const peer = await connect(t, port);
      await peer.write(`PUT /drop/c HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n${expectation}\r\n`);
      t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 413');
    }
  });
  await t.test('is cut at the limit where nobody knows before', async (t) => {
    const send = async (size: string, text: string) => {
      const peer = await connect(t, port);
      await peer.write(`PUT /drop/d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${text}\r\n`);
      await peer.write('0\r\n\r\n');
      return (await peer.bytes(12)).toString();
    };
    t.equal(await send('a', 'x'.repeat(10)), 'HTTP/1.1 201');
    t.equal(await send('b', 'y'.repeat(11)), 'HTTP/1.1 413');
  });
  t.equal(read('d'), 'x'.repeat(10), 'what was there stays');
  t.same(stored(), ['a', 'd']);
  t.equal(served.items.length, 2);
});

t.test('what breaks off leaves nothing, and is told', async (t) => {
  const { port, stored, read, url, served } = await serveUploads(t);
  await ask(`${url}/a`, { method: 'PUT', body: 'before' });
  for (const leave of ['reset', 'end'] as const) {
    const peer = await connect(t, port);
    await peer.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nbegin');
    while (stored().length === 1) await turn();
    peer[leave]();
    while (stored().length > 1) await turn();
    t.equal(read('a'), 'before', leave);
  }
  const events = () => served.context.logs.filter(({ fields }) => fields['event'] === 'peer.error');
  while (events().length < 2) await turn();
  const told = events();
  t.same(
    told.map(({ fields }) => fields['error']),
    Array(2).fill('an upload broke off; nothing of it is kept'),
  );
  t.equal(served.context.logs.filter(({ severity }) => severity === 'err').length, 0);
});

t.test('a session that is ended takes its upload with it', async (t) => {
  const { served, stored } = await serveUploads(t);
  const { peer, session, ended } = await served.connect();
  await peer.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nbegin');
  while (stored().length === 0) await turn();
  session.terminate('kick');
  t.equal(await ended, 'kick');
  while (stored().length > 0) await turn();
});

t.test('several of one name at once: each is whole, one stays', async (t) => {
  const { url, read, stored } = await serveUploads(t);
  const bodies = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
  const answers = await Promise.all(bodies.map((body) => ask(`${url}/a`, { method: 'PUT', body })));
  t.equal(answers.filter(({ status }) => status === 201).length, 1, 'one found the place free');
  t.equal(answers.filter(({ status }) => status === 200).length, 7);
  t.ok(bodies.includes(read('a')));
  t.same(stored(), ['a']);
});

t.test('several of one name at once, with overwrite: false: only one', async (t) => {
  const { url, read, stored } = await serveUploads(t, { options: { overwrite: false } });
  const bodies = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
  const statuses = await Promise.all(
    bodies.map(async (body) => (await ask(`${url}/a`, { method: 'PUT', body })).status),
  );
  t.same(
    statuses.toSorted((a, b) => a - b),
    [201, ...Array(7).fill(409)],
  );
  t.equal(read('a'), bodies[statuses.indexOf(201)]);
  t.same(stored(), ['a']);
});

t.test('names made of a template', async (t) => {
  const alice: Account = { name: 'alice', home: '/', services: null, permissions: ['write'], quota: null, mail: [] };
  const { url, stored } = await serveUploads(t, {
    options: { name: '{account}/{service}/{id}.{extension}' },
    accounts: 'any',
    authenticate: async () => alice,
  });
  const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
  const answer = await ask(`${url}/scan.pdf`, { method: 'PUT', body: 'x', headers: { authorization } });
  const { id, name } = (await answer.json()) as { id: string; name: string };
  t.equal(name, `alice/test/${id}.pdf`);
  t.same(stored(), [name]);
});

t.test('a name that a template makes too long', async (t) => {
  const { url } = await serveUploads(t, { options: { name: 'x-{name}' } });
  t.equal((await ask(`${url}/${'y'.repeat(253)}`, { method: 'PUT', body: 'x' })).status, 201);
  t.equal((await ask(`${url}/${'y'.repeat(254)}`, { method: 'PUT', body: 'x' })).status, 400);
});

t.test('a folder that a link leads out of the directory', async (t) => {
  const { url, folder } = await serveUploads(t, { options: { name: '{name}/x' } });
  const outside = join(folder, '../outside');
  fs.mkdirSync(outside);
  fs.symlinkSync(outside, join(folder, 'a'));
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x' })).status, 500);
  t.same(fs.readdirSync(outside), []);
});

t.test('an account that may not write', async (t) => {
  const reader: Account = { name: 'bob', home: '/', services: null, permissions: ['read'], quota: null, mail: [] };
  const { url, stored } = await serveUploads(t, { accounts: 'any', authenticate: async () => reader });
  const authorization = `Basic ${Buffer.from('bob:secret').toString('base64')}`;
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x', headers: { authorization } })).status, 403);
  t.same(stored(), []);
});

t.test('other methods and other wishes', async (t) => {
  const { url, stored } = await serveUploads(t);
  const get = await ask(`${url}/a`);
  t.same([get.status, get.headers.get('allow')], [405, 'PUT, POST, OPTIONS']);
  const options = await ask(`${url}/a`, { method: 'OPTIONS' });
  t.same([options.status, options.headers.get('allow')], [204, 'PUT, POST, OPTIONS']);
  const part = { method: 'PUT', body: 'x', headers: { 'content-range': 'bytes 5-5/10' } };
  t.equal((await ask(`${url}/a`, part)).status, 400, 'a part is not taken for the whole');
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x', headers: { 'if-match': '"1"' } })).status, 412);
  t.same(stored(), []);
});

t.test('who asks for text gets a sentence', async (t) => {
  const { url } = await serveUploads(t);
  const answer = await ask(`${url}/a`, {
    method: 'PUT',
    body: 'hello',
    headers: { accept: 'text/html, text/plain;q=0.5' },
  });
  t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.equal(
    await answer.text(),
    'a: 5 bytes, SHA-256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n',
  );
});

t.test('without a directory, things go to deliveries', async (t) => {
  const spool = createMemoryDesk();
  const context = createFakeContext({ desk: spool, deliver: ['everything'] });
  const options = { directory: undefined, deliver: ['archive'] };
  const { url, folder, served } = await serveUploads(t, { options, context });
  const answer = await ask(`${url}/a.pdf`, {
    method: 'PUT',
    body: 'hello',
    headers: { 'content-type': 'application/pdf' },
  });
  t.equal(answer.status, 201);
  const receipt = await answer.json();
  t.match(receipt, { id: 'item 1', name: 'a.pdf', size: 5 });
  t.match(spool.taken, [
    {
      envelope: {
        service: 'test',
        session: /^\w{12}$/,
        name: 'a.pdf',
        mediaType: 'application/pdf',
        deliver: ['archive'],
      },
      text: 'hello',
    },
  ]);
  t.match(served.items, [receipt]);
  t.notOk(fs.existsSync(folder));
});

t.test("the service's deliveries are those of a route that names none", async (t) => {
  const spool = createMemoryDesk();
  const context = createFakeContext({ desk: spool, deliver: ['everything'] });
  const { url } = await serveUploads(t, { options: { directory: undefined }, context });
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'hello' })).status, 201);
  t.match(spool.taken, [{ envelope: { deliver: ['everything'] } }]);
});

t.test('into the directory and to deliveries', async (t) => {
  const spool = createMemoryDesk();
  const context = createFakeContext({ desk: spool });
  const { url, read, served } = await serveUploads(t, { options: { deliver: ['archive'] }, context });
  const answer = await ask(`${url}/a`, { method: 'PUT', body: 'hello' });
  t.equal(answer.status, 201);
  t.match(await answer.json(), { id: 'item 1', name: 'a' });
  t.equal(read('a'), 'hello');
  t.match(spool.taken, [{ text: 'hello' }]);
  t.match(served.items, [{ id: 'item 1' }]);
  const again = await ask(`${url}/a`, { method: 'PUT', body: 'other' });
  t.equal(again.status, 200, 'it has replaced another in the directory');
  t.match(spool.taken, [{ text: 'hello' }, { text: 'other' }]);
});

t.test('a form goes to deliveries, file by file', async (t) => {
  const spool = createMemoryDesk();
  const { url } = await serveUploads(t, {
    options: { directory: undefined, deliver: ['archive'] },
    context: createFakeContext({ desk: spool }),
  });
  const form = new FormData();
  form.append('file', new Blob(['one']), 'a');
  form.append('file', new Blob(['two']), 'b');
  t.equal((await ask(url, { method: 'POST', body: form })).status, 201);
  t.match(spool.taken, [
    { envelope: { name: 'a' }, text: 'one' },
    { envelope: { name: 'b' }, text: 'two' },
  ]);
});

t.test('a queue that does not answer: 503, and nothing is kept', async (t) => {
  const spool = createMemoryDesk(() => {
    throw new TemporaryError('the queue does not answer');
  });
  const context = createFakeContext({ desk: spool });
  const { url, stored, served } = await serveUploads(t, { options: { deliver: ['archive'] }, context });
  const answer = await ask(`${url}/a`, { method: 'PUT', body: 'hello' });
  t.same([answer.status, answer.headers.get('retry-after')], [503, '1']);
  t.same([stored(), served.items, spool.taken, spool.dropped()], [[], [], [], 1]);
});

t.test('a route that leads nowhere is none', async (t) => {
  const parsed = uploadRouteOptions.parse({ upload: true });
  await t.rejects(createUploadRoute(parsed, { context: createFakeContext(), prefix: '/drop/' }), {
    message: 'expected a directory or deliver for /drop/, got neither',
  });
});

t.test('a directory that cannot be written in: who cannot, and which', async (t) => {
  const parsed = uploadRouteOptions.parse({ upload: true, directory: '/dev/null/incoming' });
  await t.rejects(createUploadRoute(parsed, { context: createFakeContext(), prefix: '/drop/' }), {
    message: `${userInfo().username} cannot write in /dev/null/incoming: ENOTDIR: not a directory, mkdir '/dev/null/incoming'`,
  });
});

t.test('a full disk', async (t) => {
  const full = (at: 'begin' | 'write' | 'commit', code: string): DeliveryDesk => {
    const fail = () => Promise.reject(Object.assign(new Error(code), { code }));
    return {
      begin: async () => {
        if (at === 'begin') await fail();
        return {
          write: async () => (at === 'write' ? fail() : undefined),
          seal: async () => {},
          commit: fail,
          [Symbol.asyncDispose]: async () => {},
        };
      },
    };
  };
  for (const [at, code] of [
    ['begin', 'ENOSPC'],
    ['write', 'ENOSPC'],
    ['commit', 'ENOSPC'],
    ['write', 'EDQUOT'],
  ] as const) {
    const { url, served } = await serveUploads(t, { desk: full(at, code) });
    t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x' })).status, 507, `${code} at ${at}`);
    t.same(served.items, []);
  }
  const { url, served } = await serveUploads(t, { desk: full('write', 'EIO') });
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x' })).status, 500, 'a broken one');
  t.equal(served.context.logs.filter(({ severity }) => severity === 'err').length, 1);
});

t.test('so much of the disk stays free', async (t) => {
  const context = createFakeContext({ disk: createDisk({ floor: 1_000, freeBytes: async () => 1_500 }) });
  const { url, port, stored, served } = await serveUploads(t, { context });
  const peer = await connect(t, port);
  await peer.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: 501\r\nExpect: 100-continue\r\n\r\n');
  t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 507', 'told before a byte of it was sent');
  const grown = await connect(t, port);
  await grown.write('PUT /drop/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1f5\r\n');
  await grown.write(`${'x'.repeat(501)}\r\n0\r\n\r\n`);
  t.match((await grown.bytes(12)).toString(), 'HTTP/1.1 507', 'or when it has become too large');
  const form = new FormData();
  form.set('file', new File(['x'.repeat(501)], 'a'));
  t.equal((await ask(url, { method: 'POST', body: form })).status, 507, 'or a form');
  t.same([stored(), served.items], [[], []], 'nothing is there, not even half of it');

  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x'.repeat(500) })).status, 201, 'at the limit');
  t.equal((await ask(`${url}/b`, { method: 'PUT', body: 'x' })).status, 507, 'one past it');
  t.same(stored(), ['a']);
});

t.test('with deliveries as well, what the folder has no room for does not come into the queue', async (t) => {
  const spool = createMemoryDesk();
  const context = createFakeContext({
    desk: spool,
    deliver: ['archive'],
    disk: createDisk({ floor: 1_000, freeBytes: async () => 1_500 }),
  });
  const { url, stored } = await serveUploads(t, { context });
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x'.repeat(501) })).status, 507);
  t.same([stored(), spool.taken], [[], []]);
  t.equal((await ask(`${url}/a`, { method: 'PUT', body: 'x'.repeat(500) })).status, 201);
  t.same([stored(), spool.taken.length], [['a'], 1]);
});

t.test('what can never fit is refused before it is sent', async (t) => {
  const { port } = await serveUploads(t, { options: { max_size: '1000000GB' } });
  const peer = await connect(t, port);
  await peer.write(`PUT /drop/a HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 ** 49}\r\n\r\n`);
  t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 507');
});

t.test('what one worker cannot write is an error of ours', async (t) => {
  const { url, folder, served } = await serveUploads(t);
  fs.rmSync(folder, { recursive: true });
  const answer = await ask(`${url}/a`, { method: 'PUT', body: 'x' });
  t.equal(answer.status, 500);
  t.notMatch(await answer.text(), /incoming|ENOENT/);
  t.equal(served.context.logs.filter(({ severity }) => severity === 'err').length, 1);
});

/** One request on a connection of its own. */
function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });
}

async function connect(t: Test, port: number): Promise<Peer> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  return peer;
}
