import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createJail, type Held } from '../../src/files/jail.ts';

/** A root with links, and a folder beside it. */
function setUp(t: Test, hasProc: boolean) {
  const folder = fs.realpathSync(
    t.testdir({
      root: { a: { file: 'inside' }, '.portico-incoming': { draft: 'hidden' } },
      outside: { secret: 'secret' },
      'root-too': { file: 'beside' },
    }),
  );
  const root = join(folder, 'root');
  const link = (name: string, to: string): void => fs.symlinkSync(to, join(root, name));
  return { folder, root, link, jail: createJail(root, hasProc) };
}

const faultOf = (action: () => Held): unknown => {
  try {
    using held = action();
    return held.place;
  } catch (error) {
    const { fault, code } = error as { fault?: string; code?: string };
    return fault ?? code;
  }
};

for (const hasProc of [true, false]) {
  t.test(hasProc ? 'asking the kernel' : 'without /proc', async (t) => {
    t.test('what is inside is held', async (t) => {
      const { jail, root, link } = setUp(t, hasProc);
      link('relative', 'a/file');
      link('absolute', join(root, 'a/file'));
      link('up', 'a/../a/file');
      link('out-and-in', '../root/a/file');
      link('chain', 'relative');
      link('folder', 'a');
      for (const path of ['/a/file', '/relative', '/absolute', '/up', '/out-and-in', '/chain', '/folder/file']) {
        using held = jail.hold(path);
        t.equal(held.place, join(root, 'a/file'), path);
        const fd = jail.openHeld(held);
        t.equal(fs.readFileSync(fd, 'utf8'), 'inside');
        fs.closeSync(fd);
      }
      using top = jail.hold('/', { folder: true });
      t.equal(top.place, root);
      using itself = jail.hold('/chain', { follow: false });
      t.equal(itself.stats.isSymbolicLink(), true);
    });

    t.test('what is outside is not', async (t) => {
      const { jail, folder, root, link } = setUp(t, hasProc);
      link('absolute', join(folder, 'outside/secret'));
      link('relative', '../outside/secret');
      link('folder', '../outside');
      link('etc', '/etc');
      link('root', '/');
      link('beside', '../root-too');
      link('chain', 'folder');
      link('parent', '..');
      link('a/deep', '../../outside');
      for (const path of [
        '/absolute',
        '/relative',
        '/folder',
        '/folder/secret',
        '/etc/passwd',
        '/root',
        '/root/etc/passwd',
      ])
        t.equal(
          faultOf(() => jail.hold(path)),
          'denied',
          path,
        );
      for (const path of [
        '/beside',
        '/beside/file',
        '/chain/secret',
        '/parent',
        '/parent/outside/secret',
        '/a/deep/secret',
      ])
        t.equal(
          faultOf(() => jail.hold(path)),
          'denied',
          path,
        );
      t.equal(
        faultOf(() => jail.hold('/folder/secret', { follow: false })),
        'denied',
      );
      t.equal(
        faultOf(() => jail.hold('/folder', { folder: true })),
        'denied',
      );
      t.equal(
        faultOf(() => jail.hold('/absolute', { follow: false })),
        join(root, 'absolute'),
        'the link itself is ours',
      );
    });

    t.test('nor what is nowhere', async (t) => {
      const { jail, link } = setUp(t, hasProc);
      link('self', 'self');
      link('ping', 'pong');
      link('pong', 'ping');
      link('nothing', 'no-such-file');
      for (const path of ['/self', '/ping', '/ping/x'])
        t.equal(
          faultOf(() => jail.hold(path)),
          'ELOOP',
          path,
        );
      for (const path of ['/nothing', '/b', '/b/c'])
        t.equal(
          faultOf(() => jail.hold(path)),
          'ENOENT',
          path,
        );
      t.equal(
        faultOf(() => jail.hold('/a/file/x')),
        'ENOTDIR',
      );
      t.match(
        faultOf(() => jail.hold('/a/file', { folder: true })),
        /ENOTDIR|not-folder/,
      );
    });

    t.test('drafts are out of sight, by links too', async (t) => {
      const { jail, link, root } = setUp(t, hasProc);
      link('drafts', '.portico-incoming');
      link('draft', join(root, '.portico-incoming/draft'));
      for (const path of ['/drafts', '/drafts/draft', '/draft'])
        t.equal(
          faultOf(() => jail.hold(path)),
          'missing',
          path,
        );
      using top = jail.hold('/', { folder: true });
      using hidden = jail.holdHidden(top);
      t.equal(hidden.place, join(root, '.portico-incoming'));
    });

    t.test('a link in the place of the folder of drafts is not followed', async (t) => {
      const { jail, root } = setUp(t, hasProc);
      fs.rmSync(join(root, '.portico-incoming'), { recursive: true });
      fs.symlinkSync('../outside', join(root, '.portico-incoming'));
      using top = jail.hold('/', { folder: true });
      t.match(
        faultOf(() => jail.holdHidden(top)),
        /ENOTDIR|ELOOP|not-folder/,
      );
    });

    t.test('FIFOs and sockets are held without waiting', async (t) => {
      const { jail, root } = setUp(t, hasProc);
      t.equal(spawnSync('mkfifo', [join(root, 'fifo')]).status, 0);
      // A shorter path: those of sockets have at most 107 bytes.
      using top = createJail(root).hold('/');
      const server = net.createServer().listen(`${top.via}/socket`);
      t.teardown(() => server.close());
      await once(server, 'listening');
      for (const name of ['fifo', 'socket']) {
        using held = jail.hold(`/${name}`);
        t.equal(held.stats.isFile(), false, name);
      }
    });
  });
}

t.test('what is held stays held, whatever takes its name', async (t) => {
  const { jail, root } = setUp(t, true);
  using folder = jail.hold('/a', { folder: true });
  fs.renameSync(join(root, 'a'), join(root, 'b'));
  fs.symlinkSync('../outside', join(root, 'a'));
  t.same(fs.readdirSync(folder.via), ['file']);
  fs.mkdirSync(`${folder.via}/new`);
  t.same(fs.readdirSync(join(root, 'b')).sort(), ['file', 'new']);
});

t.test('without /proc, another file of that name is noticed', async (t) => {
  const { jail, root } = setUp(t, false);
  using held = jail.hold('/a/file');
  fs.writeFileSync(join(root, 'a/other'), 'other');
  fs.renameSync(join(root, 'a/other'), join(root, 'a/file'));
  t.throws(() => jail.openHeld(held), { name: 'TreeError', message: 'there is none of that name' });
});

t.test('a link that is swapped while it is used leads nowhere else', async (t) => {
  const { jail, folder, root } = setUp(t, true);
  const link = join(root, 'link');
  fs.symlinkSync('a', link);
  // Another process, which changes it as fast as it can.
  const script = `
    const fs = require('node:fs');
    const [link, ...targets] = process.argv.slice(1);
    process.stdout.write('ready');
    for (let turn = 0; ; turn += 1) {
      fs.symlinkSync(targets[turn % 2], link + '.new');
      fs.renameSync(link + '.new', link);
    }`;
  const swapper = spawn(process.execPath, ['-e', script, link, 'a', join(folder, 'outside')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => swapper.kill('SIGKILL'));
  await once(swapper.stdout, 'data');
  const seen = new Set<unknown>();
  for (let turn = 0; turn < 20_000; turn += 1) {
    seen.add(faultOf(() => jail.hold('/link')));
    const secret = faultOf(() => jail.hold('/link/secret'));
    if (secret !== 'denied' && secret !== 'ENOENT') t.fail(`came to ${String(secret)}`);
  }
  swapper.kill('SIGKILL');
  await once(swapper, 'exit');
  for (const what of seen) t.ok(what === 'denied' || what === join(root, 'a'), String(what));
});
