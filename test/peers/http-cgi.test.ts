import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import {
  makeFolder,
  needProgram,
  needPrograms,
  runPeer,
  startPeer,
  wantProgram,
  type FinishedPeer,
} from '../support/peers.ts';

// Programs that others wrote for CGI and FastCGI, below our http service; curl and git ask.

const gitEnvironment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};
// The repository belongs to whoever runs the tests, the program may run as nobody.
const anyOwner = '{ GIT_CONFIG_COUNT: 1, GIT_CONFIG_KEY_0: safe.directory, GIT_CONFIG_VALUE_0: "*" }';

interface Site {
  readonly daemon: TestDaemon;
  readonly url: string;
}

async function serveRoutes(t: Test, routes: string): Promise<Site> {
  const lines = routes.trim().split('\n');
  const daemon = await startDaemon(
    t,
    `services:\n  web:\n    type: http\n    listen: tcp://127.0.0.1:0\n    routes:\n${lines.map((line) => `      ${line}\n`).join('')}`,
  );
  return { daemon, url: `http://127.0.0.1:${await daemon.port('web')}` };
}

function ask(t: Test, curl: string, ...args: string[]): Promise<FinishedPeer> {
  return runPeer(t, [curl, '-sS', '--max-time', '20', ...args]);
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

t.test('git, over git-http-backend', async (t) => {
  const git = needProgram(t, 'git');
  const backend = '/usr/lib/git-core/git-http-backend';
  if (git === null || !existsSync(backend)) return;
  const folder = makeFolder(t);
  const run = (...args: string[]) => runPeer(t, [git, ...args], { env: gitEnvironment });
  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    t.equal(code, 0, `git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const bare = join(folder, 'srv/project.git');
  mkdirSync(join(folder, 'srv'));
  await good('init', '--bare', '--initial-branch=main', bare);
  await good('-C', bare, 'config', 'http.receivepack', 'true');
  await runPeer(t, ['/bin/chmod', '-R', 'a+rwX', join(folder, 'srv')]);
  const { url, daemon } = await serveRoutes(
    t,
    `/git/: { cgi: ${backend}, env: { GIT_PROJECT_ROOT: ${folder}/srv, GIT_HTTP_EXPORT_ALL: 1, ${anyOwner.slice(2)} }`,
  );
  const work = join(folder, 'work');
  await good('clone', `${url}/git/project.git`, work);

  await t.test('is pushed to, with bodies in chunks too', async (t) => {
    // Larger than http.postBuffer (1 MB): git sends it without a length.
    writeFileSync(
      join(work, 'large'),
      Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 7919 * (at >> 3)) & 255)),
    );
    await good('-C', work, 'add', 'large');
    await good('-C', work, 'commit', '-m', 'one');
    const pushed = await run('-C', work, '-c', 'http.postBuffer=65536', 'push', 'origin', 'HEAD:main');
    t.equal(pushed.code, 0, pushed.stderr);
  });
  await t.test('is cloned and fetched from', async (t) => {
    const copy = join(folder, 'copy');
    await good('clone', `${url}/git/project.git`, copy);
    t.same(await readFile(join(copy, 'large')), await readFile(join(work, 'large')));
    writeFileSync(join(work, 'small'), 'two\n');
    await good('-C', work, 'add', 'small');
    await good('-C', work, 'commit', '-m', 'two');
    await good('-C', work, 'push', 'origin', 'HEAD:main');
    await good('-C', copy, 'pull', '--ff-only');
    t.equal(await readFile(join(copy, 'small'), 'utf8'), 'two\n');
  });
  await t.test('says no to what is not there', async (t) => {
    const { code, stderr } = await run('ls-remote', `${url}/git/other.git`);
    t.equal(code, 128);
    t.match(stderr, /not found/);
  });
  t.notOk(daemon.lines.some(({ event }) => event === 'service.error'));
});

t.test('gitweb and cgit', async (t) => {
  const programs = needPrograms(t, 'git', 'curl');
  if (programs === null) return;
  const { git, curl } = programs;
  const folder = makeFolder(t);
  const repository = join(folder, 'srv/project');
  mkdirSync(repository, { recursive: true });
  for (const args of [
    ['init', '--initial-branch=main', repository],
    ['-C', repository, 'commit', '--allow-empty', '-m', 'the first change'],
  ]) {
    await runPeer(t, [git, ...args], { env: gitEnvironment });
  }
  writeFileSync(join(folder, 'gitweb.conf'), `$projectroot = '${folder}/srv';\n`);
  writeFileSync(join(folder, 'cgitrc'), `repo.url=project\nrepo.path=${repository}/.git\n`);
  const gitweb = '/usr/share/gitweb/gitweb.cgi';
  const cgit = '/usr/lib/cgit/cgit.cgi';

  await t.test('gitweb', async (t) => {
    if (!existsSync(gitweb)) return t.plan(0, 'not installed: gitweb');
    const { url } = await serveRoutes(
      t,
      `/gitweb/: { cgi: ${gitweb}, env: { GITWEB_CONFIG: ${folder}/gitweb.conf, ${anyOwner.slice(2)} }`,
    );
    t.match((await ask(t, curl, `${url}/gitweb/`)).stdout, /project/);
    t.match((await ask(t, curl, `${url}/gitweb/?p=project/.git;a=log`)).stdout, /the first change/);
  });
  await t.test('cgit', async (t) => {
    if (!existsSync(cgit)) return t.plan(0, 'not installed: cgit');
    const { url } = await serveRoutes(
      t,
      `/cgit/: { cgi: ${cgit}, env: { CGIT_CONFIG: ${folder}/cgitrc, ${anyOwner.slice(2)} }`,
    );
    t.match((await ask(t, curl, `${url}/cgit/`)).stdout, /project/);
    t.match((await ask(t, curl, `${url}/cgit/project/log/`)).stdout, /the first change/);
  });
});

const phpApp = {
  'index.php': `<?php echo "front ", $_SERVER['PATH_INFO'] ?? '-', " ", $_SERVER['SCRIPT_NAME'];`,
  'form.php': `<?php
session_save_path(sys_get_temp_dir()); session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header('X-Count: ' . $_SESSION['count']);
echo $_SERVER['REQUEST_METHOD'], ' ', $_POST['name'] ?? '', ' ', $_GET['q'] ?? '', ' ', $_SERVER['PATH_INFO'] ?? '-', ' ', __DIR__;`,
  'upload.php': `<?php echo $_FILES['f']['name'], ' ', $_FILES['f']['size'], ' ', md5_file($_FILES['f']['tmp_name']);`,
  'away.php': `<?php header('Location: form.php'); http_response_code(303);`,
  'wrong.php': `<?php error_log('it went wrong'); http_response_code(500); echo "sorry";`,
  'large.php': `<?php for ($i = 0; $i < 2000; $i++) echo str_repeat('x', 1000);`,
};

async function tryPhp(t: Test, { url, daemon }: Site, curl: string, folder: string): Promise<void> {
  const get = (...args: string[]) => ask(t, curl, ...args);
  t.equal((await get(`${url}/php/`)).stdout, 'front - /php/index.php');
  const cookies = join(makeFolder(t), 'cookies');
  const form = [
    '-b',
    cookies,
    '-c',
    cookies,
    '-D',
    '-',
    '-d',
    'name=alice+%26+co',
    `${url}/php/form.php/extra/path?q=%C3%BC`,
  ];
  t.match((await get(...form)).stdout, `POST alice & co ü /extra/path ${folder}`);
  t.match((await get(...form)).stdout, /^X-Count: 2\r$/im, 'a session goes on');
  const file = join(folder, 'file');
  writeFileSync(file, Buffer.alloc(300_000, 'y'));
  const sum = (await runPeer(t, ['/usr/bin/md5sum', file])).stdout.slice(0, 32);
  t.equal((await get('-F', `f=@${file}`, `${url}/php/upload.php`)).stdout, `file 300000 ${sum}`);
  t.equal(
    (await get('-F', `f=@${file}`, '-H', 'Transfer-Encoding: chunked', `${url}/php/upload.php`)).stdout,
    `file 300000 ${sum}`,
  );
  t.match((await get('-D', '-', `${url}/php/away.php`)).stdout, /^HTTP\/1.1 303 [^]*Location: form.php/i);
  t.match((await get('-D', '-', `${url}/php/wrong.php`)).stdout, /^HTTP\/1.1 500 [^]*sorry$/);
  await daemon.line(({ message }) => /it went wrong/.test(String(message)));
  t.equal((await get(`${url}/php/large.php`)).stdout.length, 2_000_000);
  t.match((await get('-D', '-', '-o', '/dev/null', `${url}/php/none.php`)).stdout, /^HTTP\/1.1 404 /);
  t.match((await get('-I', `${url}/php/index.php`)).stdout, /^HTTP\/1.1 200 /);
}

function writePhpApp(t: Test): string {
  return makeFolder(t, phpApp);
}

t.test('php-cgi', async (t) => {
  const programs = needPrograms(t, 'php-cgi', 'curl');
  if (programs === null) return;
  const folder = writePhpApp(t);
  const site = await serveRoutes(
    t,
    `/php/: { cgi: ${folder}, index: [index.php], interpreters: { .php: [${programs['php-cgi']}, -d, log_errors=1, -d, error_log=] } }`,
  );
  await tryPhp(t, site, programs.curl, folder);
  // CVE-2012-1823: a query is no list of options.
  t.equal((await ask(t, programs.curl, `${site.url}/php/index.php?-s`)).stdout, 'front - /php/index.php');
});

t.test('php-fpm', async (t) => {
  const curl = needProgram(t, 'curl');
  const fpm = wantProgram(t, 'php-fpm8.2');
  if (curl === null || fpm === null) return;
  const folder = writePhpApp(t);
  const pool = makeFolder(t);
  const socket = join(pool, 's');
  writeFileSync(
    join(pool, 'fpm.conf'),
    `[global]
error_log = ${join(pool, 'fpm.log')}
daemonize = no
[www]
listen = ${socket}
listen.mode = 0666
${process.getuid?.() === 0 ? 'user = nobody\ngroup = nogroup' : ''}
pm = static
pm.max_children = 2
php_admin_value[error_log] =
php_admin_flag[log_errors] = on
`,
  );
  const peer = startPeer(t, [fpm, '--nodaemonize', '--force-stderr', '--fpm-config', join(pool, 'fpm.conf')]);
  // Killed, it would leave its children behind.
  t.teardown(async () => {
    peer.signal('SIGTERM');
    await peer.ended;
  });
  await peer.says(/ready to handle connections/);
  for (const keep of [0, 2]) {
    await t.test(`with ${keep} connections kept`, async (t) => {
      const site = await serveRoutes(t, `/php/: { fastcgi: "unix:${socket}", root: ${folder}, keep_alive: ${keep} }`);
      await tryPhp(t, site, curl, folder);
    });
  }
  await t.test('as a front controller', async (t) => {
    const { url } = await serveRoutes(
      t,
      `/php/: { fastcgi: "unix:${socket}", root: ${folder}, front_controller: true }`,
    );
    t.equal((await ask(t, curl, `${url}/php/users/1`)).stdout, 'front /users/1 /php/index.php');
  });
});

t.test('Perl, Python and the shell', async (t) => {
  const programs = needPrograms(t, 'perl', 'python3', 'curl');
  if (programs === null) return;
  const { perl, python3, curl } = programs;
  const folder = makeFolder(t);
  writeProgram(
    join(folder, 'hello.pl'),
    `#!${perl} -T
use strict; $| = 1;
read(STDIN, my $body, $ENV{CONTENT_LENGTH} || 0);
print "Content-Type: text/plain\\r\\n\\r\\n$ENV{REQUEST_METHOD} $ENV{PATH_INFO} $body";
`,
  );
  writeProgram(
    join(folder, 'hello.py'),
    `#!${python3}
import os, sys
print("Status: 202 Taken")
print("Content-Type: text/plain; charset=utf-8")
print()
print(os.environ["QUERY_STRING"], sys.stdin.read(), sys.argv[1:])
`,
  );
  writeProgram(
    join(folder, 'hello.sh'),
    `#!/bin/sh
echo "Content-Type: text/plain"
echo
wc -c
`,
  );
  writeProgram(
    join(folder, 'wsgi.py'),
    `#!${python3}
from wsgiref.handlers import CGIHandler
def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [(environ["SCRIPT_NAME"] + " " + environ["PATH_INFO"] + " " + environ["wsgi.url_scheme"]).encode()]
CGIHandler().run(app)
`,
  );
  const { url } = await serveRoutes(t, `/cgi-bin/: { cgi: ${folder} }`);
  const says = async (...args: string[]): Promise<string> => (await ask(t, curl, ...args)).stdout;
  t.equal(await says('-d', 'a=1', `${url}/cgi-bin/hello.pl/x`), 'POST /x a=1');
  t.match(await says('-i', `${url}/cgi-bin/hello.py?one+two`), /^HTTP\/1.1 202 Taken[^]*one\+two  \['one', 'two'\]\n$/);
  t.equal(await says(`${url}/cgi-bin/wsgi.py/a`), '/cgi-bin/wsgi.py /a http');
  const large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc(10_000_000));
  t.equal((await says('--data-binary', `@${large}`, `${url}/cgi-bin/hello.sh`)).trim(), '10000000');
  t.equal(
    (await says('-H', 'Transfer-Encoding: chunked', '--data-binary', `@${large}`, `${url}/cgi-bin/hello.sh`)).trim(),
    '10000000',
  );
});
