// A program that sends mail, uploads files and asks a web server is tested against real ones, each on a free port.
//
//   node --test examples/testing/fixture.test.ts
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { createTransport } from 'nodemailer';
import { createDaemon, type EmbeddedDaemon } from 'portico';

const run = promisify(execFile);
let folder: string;
let daemon: EmbeddedDaemon;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixture-'));
  await writeFile(join(folder, 'index.html'), '<h1>It works</h1>\n');
  daemon = await createDaemon(
    {
      services: {
        mail: { type: 'smtp', listen: 'tcp://127.0.0.1:0', deliver: ['inbox'] },
        web: {
          type: 'http',
          listen: 'tcp://127.0.0.1:0',
          routes: { '/': { files: '.' }, '/drop/': { upload: true, directory: './dropped' } },
        },
        files: { type: 'ftp', listen: 'tcp://127.0.0.1:0', anonymous: { root: './public', write: true } },
      },
      deliveries: { inbox: { type: 'directory', path: './inbox' } },
    },
    { folder },
  );
});

after(async () => {
  await daemon[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

void test('a mail arrives', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: daemon.port('mail'), ignoreTLS: true });
  await transport.sendMail({
    from: 'shop@example.com',
    to: 'ada@example.com',
    subject: 'Your order',
    text: 'is on its way',
  });
  transport.close();
  // It is safe as soon as sendMail resolves; a moment later it is where it belongs.
  while ((await daemon.status()).deliveries[0]?.delivered !== 1) await new Promise(setImmediate);
  const [name = ''] = await readdir(join(folder, 'inbox'));
  assert.match(await readFile(join(folder, 'inbox', name), 'utf8'), /^Subject: Your order\r?$/m);
});

void test('a page is served', async () => {
  const response = await fetch(`http://127.0.0.1:${daemon.port('web')}/`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /It works/);
});

void test('a file is uploaded', async () => {
  const url = `http://127.0.0.1:${daemon.port('web')}/drop/scan.txt`;
  const response = await fetch(url, { method: 'PUT', body: 'scanned' });
  assert.equal(response.status, 201);
  assert.equal(await readFile(join(folder, 'dropped/scan.txt'), 'utf8'), 'scanned');
});

void test('a file is sent by FTP', async () => {
  await writeFile(join(folder, 'report.csv'), 'a;b\n');
  await run('curl', ['-sS', '-T', join(folder, 'report.csv'), `ftp://127.0.0.1:${daemon.port('files')}/`]);
  assert.equal(await readFile(join(folder, 'public/report.csv'), 'utf8'), 'a;b\n');
});
