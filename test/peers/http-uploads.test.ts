import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';

/** A daemon with an upload route, and files to send to it. */
async function serveUploads(t: Test) {
  const folder = makeFolder(t);
  fs.chmodSync(folder, 0o777);
  const files = makeFolder(t);
  const large = randomBytes(20_000_000);
  const fileOf = (name: string, content: string | Buffer): string => {
    fs.writeFileSync(join(files, name), content);
    return join(files, name);
  };
  const daemon = await startDaemon(
    t,
    `services:
  web:
    type: http
    listen: tcp://127.0.0.1:0
    routes:
      /drop/: { upload: true, directory: '${folder}', max_size: 25MB }
`,
  );
  return {
    daemon,
    url: `http://127.0.0.1:${await daemon.port('web')}/drop/`,
    small: fileOf('small file.txt', 'hello'),
    large: fileOf('large.bin', large),
    tooLarge: fileOf('too-large.bin', Buffer.alloc(26_214_401)),
    sha256: createHash('sha256').update(large).digest('hex'),
    read: (name: string) => fs.readFileSync(join(folder, name)),
    stored: () => fs.readdirSync(folder).filter((name) => !name.startsWith('.')),
    isWhole: (name: string) => fs.readFileSync(join(folder, name)).equals(large),
  };
}

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { url, small, large, tooLarge, sha256, read, isWhole, stored } = await serveUploads(t);
  const run = async (...args: string[]) => {
    const { stdout, code } = await runPeer(t, [curl, '-sS', '-w', '\n%{http_code}', '--max-time', '30', ...args]);
    const [body, status] = [stdout.slice(0, stdout.lastIndexOf('\n')), stdout.slice(stdout.lastIndexOf('\n') + 1)];
    return { code, status, receipt: status.startsWith('2') ? (JSON.parse(body) as object) : {} };
  };
  await t.test('-T', async (t) => {
    t.match(await run('-T', small, url), { status: '201', receipt: { name: 'small file.txt', size: 5 } });
    t.equal(read('small file.txt').toString(), 'hello');
    t.match(await run('-T', large, url), { status: '201', receipt: { name: 'large.bin', size: 20_000_000, sha256 } });
    t.ok(isWhole('large.bin'));
    t.match(await run('-T', large, url), { status: '200' }, 'a second time');
  });
  await t.test('-T of a pipe, without a length', async (t) => {
    const { stdout } = await runPeer(t, [curl, '-sS', '-T', '-', `${url}piped`], { input: 'from a pipe' });
    t.match(JSON.parse(stdout), { name: 'piped', size: 11 });
  });
  await t.test('-T of a part of a file', async (t) => {
    t.match(await run('-C', '3', '-T', small, `${url}part`), { status: '400' });
    t.notOk(stored().includes('part'));
  });
  await t.test('-F', async (t) => {
    t.match(await run('-F', `file=@${large};filename=form.bin`, url), {
      status: '201',
      receipt: { name: 'form.bin', sha256 },
    });
    t.ok(isWhole('form.bin'));
    const several = await run(
      '-F',
      'note=hello',
      '-F',
      `a=@${small};filename=a`,
      '-F',
      `b=@${small};filename="b \\"c\\".txt"`,
      url,
    );
    t.match(several, { status: '201', receipt: [{ name: 'a' }, { name: 'b %22c%22.txt' }] });
  });
  await t.test('--data-binary', async (t) => {
    t.match(await run('--data-binary', `@${small}`, `${url}posted`), {
      status: '201',
      receipt: { name: 'posted', size: 5 },
    });
  });
  await t.test('what is too large', async (t) => {
    t.match(await run('-T', tooLarge, url), { status: '413' });
    t.match(await run('-H', 'Transfer-Encoding: chunked', '-T', tooLarge, url), { status: '413' });
    t.match(await run('-F', `file=@${tooLarge}`, url), { status: '413' });
    t.notOk(stored().includes('too-large.bin'));
  });
});

t.test('wget', async (t) => {
  const wget = needProgram(t, 'wget');
  if (wget === null) return;
  const { url, large, small, read, isWhole } = await serveUploads(t);
  const run = (...args: string[]) => runPeer(t, [wget, '-q', '-O', '-', '--no-config', ...args]);
  const posted = await run(`--post-file=${large}`, `${url}large`);
  t.match(JSON.parse(posted.stdout), { name: 'large', size: 20_000_000 }, '--post-file');
  t.ok(isWhole('large'));
  const put = await run('--method=PUT', `--body-file=${small}`, `${url}small`);
  t.match(JSON.parse(put.stdout), { name: 'small', size: 5 }, '--body-file');
  t.equal(read('small').toString(), 'hello');
});

t.test('python3', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const { url, large, sha256, read, isWhole } = await serveUploads(t);
  const run = async (script: string, interpreter = python): Promise<unknown> => {
    const { code, stdout, stderr } = await runPeer(t, [interpreter, '-c', script, url, large]);
    return code === 0 ? JSON.parse(stdout) : stderr;
  };
  await t.test('urllib', async (t) => {
    const script = `
import sys, urllib.request
with open(sys.argv[2], 'rb') as file:
    request = urllib.request.Request(sys.argv[1] + 'urllib', data=file, method='PUT')
    print(urllib.request.urlopen(request).read().decode())
`;
    t.match(await run(script), { name: 'urllib', sha256 });
    t.ok(isWhole('urllib'));
  });
  await t.test('http.client, in chunks', async (t) => {
    const script = `
import http.client, sys, urllib.parse
parts = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(parts.hostname, parts.port)
connection.request('POST', parts.path + 'chunks', body=iter([b'one ', b'two']), encode_chunked=True, headers={'Transfer-Encoding': 'chunked'})
print(connection.getresponse().read().decode())
`;
    t.match(await run(script), { name: 'chunks', size: 7 });
    t.equal(read('chunks').toString(), 'one two');
  });
  await t.test('requests', async (t) => {
    const python = findRequests();
    if (python === null) return t.plan(0, 'not installed: the module requests of python3');
    const script = `
import json, requests, sys
with open(sys.argv[2], 'rb') as file:
    answer = requests.post(sys.argv[1], files={'file': ('Straße.bin', file)}, data={'note': 'x'})
print(json.dumps([answer.status_code, answer.json()]))
`;
    t.match(await run(script, python), [201, { name: 'Straße.bin', sha256 }]);
    t.ok(isWhole('Straße.bin'));
  });
});

/** The first python3 that has the module. */
function findRequests(): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(python, ['-c', 'import requests'], { stdio: 'ignore' });
      return python;
    } catch {
      // Not this one.
    }
  }
  return null;
}
