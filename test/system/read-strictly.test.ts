import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { readStrictly } from '../../src/system/read-strictly.ts';

const strict = { maxBytes: 10, followsLinks: false };
const trusting = { maxBytes: 10, followsLinks: true };

t.test('gives the text of a plain file, as long as it may be, and not one byte longer', async (t) => {
  const folder = t.testdir({ empty: '', short: 'a\nb', ten: '0123456789', eleven: '0123456789x', umlauts: 'ÄÖÜäöü' });
  for (const options of [strict, trusting]) {
    t.equal(readStrictly(join(folder, 'empty'), options), '');
    t.equal(readStrictly(join(folder, 'short'), options), 'a\nb');
    t.equal(readStrictly(join(folder, 'ten'), options), '0123456789');
    for (const name of ['eleven', 'umlauts'])
      t.throws(() => readStrictly(join(folder, name), options), {
        message: `${join(folder, name)} is larger than 10 bytes`,
      });
  }
});

t.test('believes what it reads, not what the system says about the size', async (t) => {
  t.equal(fs.statSync('/proc/self/status').size, 0);
  t.throws(() => readStrictly('/proc/self/status', strict), { message: '/proc/self/status is larger than 10 bytes' });
  t.match(readStrictly('/proc/self/status', { ...strict, maxBytes: 100_000 }), /^Name:/);
});

t.test('null where there is none', async (t) => {
  const folder = t.testdir({});
  t.equal(readStrictly(join(folder, 'none'), strict), null);
  t.equal(readStrictly(join(folder, 'none/none'), trusting), null);
});

t.test('a symbolic link', async (t) => {
  const folder = t.testdir({ file: 'secret', far: { file: 'far' } });
  const [link, dangling, loop] = ['link', 'dangling', 'loop'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  fs.symlinkSync('file', link);
  fs.symlinkSync('none', dangling);
  fs.symlinkSync('loop', loop);

  t.test('is followed where that may be', async (t) => {
    t.equal(readStrictly(link, trusting), 'secret');
    t.equal(readStrictly(dangling, trusting), null);
    t.throws(() => readStrictly(loop, trusting), { message: `${loop} is a symbolic link` });
  });

  t.test('and else is told, wherever it leads', async (t) => {
    for (const path of [link, dangling, loop])
      t.throws(() => readStrictly(path, strict), { message: `${path} is a symbolic link` });
  });

  t.test('on the way there is the affair of who owns the folders', async (t) => {
    fs.symlinkSync('far', join(folder, 'way'));
    t.equal(readStrictly(join(folder, 'way/file'), strict), 'far');
  });
});

t.test('a file with a second name may be somebody else’s', async (t) => {
  const folder = t.testdir({ file: 'secret' });
  const [file, other] = [join(folder, 'file'), join(folder, 'other')];
  fs.linkSync(file, other);
  for (const path of [file, other]) {
    t.throws(() => readStrictly(path, strict), { message: `${path} has another name as well` });
    t.equal(readStrictly(path, trusting), 'secret');
  }
  fs.rmSync(other);
  t.equal(readStrictly(file, strict), 'secret');
});

t.test('what is no plain file neither holds us up nor gives anything', async (t) => {
  // The path of a socket has to be short.
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const [pipe, socket] = [join(folder, 'pipe'), join(folder, 'socket')];
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, folder, '/dev/zero'])
    for (const options of [strict, trusting])
      t.throws(() => readStrictly(path, options), { message: `${path} is not a plain file` });
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  await once(server, 'listening');
  t.throws(() => readStrictly(socket, strict), { code: 'ENXIO' });
});

t.test('leaves nothing open, whatever comes of it', async (t) => {
  const folder = t.testdir({ file: 'x', long: 'x'.repeat(11), folder: {} });
  const openCount = (): number => fs.readdirSync('/proc/self/fd').length;
  const before = openCount();
  for (const name of ['file', 'long', 'folder', 'none']) {
    try {
      readStrictly(join(folder, name), strict);
    } catch {
      // Said above.
    }
  }
  t.equal(openCount(), before);
});
