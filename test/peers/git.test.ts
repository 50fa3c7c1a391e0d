import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import {
  makeCertificates,
  makeFolder,
  needProgram,
  needPrograms,
  runPeer,
  type FinishedPeer,
} from '../support/peers.ts';

// What the person who runs the tests has set up must not matter.
const gitEnvironment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};

t.test('git daemon, as git-daemon(1) wants it from inetd', async (t) => {
  const git = needProgram(t, 'git');
  if (git === null) return;
  const work = await makeRepository(t, git);
  const daemon = await startDaemon(t, serving(git, work.folder, 'tcp://127.0.0.1:0'));
  const url = `git://127.0.0.1:${await daemon.port('git')}/project`;
  const copy = join(work.folder, 'copy');

  await t.test('is cloned from', async (t) => {
    const cloned = await work.git(['clone', url, copy]);
    t.equal(cloned.code, 0, cloned.stderr);
    t.equal(await readFile(join(copy, 'readme'), 'utf8'), 'one\n');
    const exit = await daemon.line(({ event }) => event === 'program.exit');
    t.match(exit, { service: 'git', status: 0, signal: null });
    const end = await daemon.line(({ event }) => event === 'session.end');
    t.match(end, { service: 'git', reason: 'end', bytes: { in: null, out: null }, session: exit['session'] });
  });
  await t.test('gives what is new to a fetch', async (t) => {
    await work.commit('two\n');
    const pulled = await work.git(['-C', copy, 'pull', '--ff-only']);
    t.equal(pulled.code, 0, pulled.stderr);
    t.equal(await readFile(join(copy, 'readme'), 'utf8'), 'two\n');
  });
  await t.test('lists its references to several at once', async (t) => {
    const lists = await Promise.all(Array.from({ length: 4 }, () => work.git(['ls-remote', url])));
    for (const list of lists) t.match(list.stdout, /^[0-9a-f]{40}\tHEAD\n[0-9a-f]{40}\trefs\/heads\/main\n$/);
  });
  await t.test('says no to what it does not export', async (t) => {
    const refused = await work.git(['ls-remote', url.replace('project', 'other')]);
    t.equal(refused.code, 128);
    t.match(refused.stderr, /access denied or repository not exported: \/other/);
  });
  await t.test('has its complaints in the log', async (t) => {
    const said = await daemon.line(({ message }) => /'.*\/other'/.test(String(message)));
    t.match(said, { event: 'program.stderr', service: 'git', session: /^.{12}$/ });
  });
});

t.test('git daemon over TLS, where the bytes are relayed', async (t) => {
  const programs = needPrograms(t, 'git', 'openssl', 'socat');
  if (programs === null) return;
  const { git, openssl, socat } = programs;
  const work = await makeRepository(t, git);
  const { ca, cert, key } = await makeCertificates(t, openssl, work.folder);
  const daemon = await startDaemon(
    t,
    `${serving(git, work.folder, 'tls://127.0.0.1:0')}
certificates:
  default: { cert: ${cert}, key: ${key} }
`,
  );
  const port = await daemon.port('git');
  // git-config(1), core.gitProxy: a program that is called with host and port, and carries the bytes.
  const proxy = join(work.folder, 'tls-proxy');
  writeFileSync(proxy, `#!/bin/sh\nexec ${socat} - "OPENSSL:$1:$2,cafile=${ca}"\n`, { mode: 0o755 });
  const copy = join(work.folder, 'copy');

  const cloned = await work.git(['clone', `git://127.0.0.1:${port}/project`, copy], { GIT_PROXY_COMMAND: proxy });
  t.equal(cloned.code, 0, cloned.stderr);
  t.equal(await readFile(join(copy, 'readme'), 'utf8'), 'one\n');
  const exit = await daemon.line(({ event }) => event === 'program.exit');
  t.match(exit, { status: 0, signal: null });
  const end = await daemon.line(({ event }) => event === 'session.end');
  t.match(end, { reason: 'end', bytes: { in: Number, out: Number } });
});

function serving(git: string, folder: string, listen: string): string {
  return `
services:
  git:
    type: exec
    listen: ${listen}
    command: [${git}, daemon, --inetd, --verbose, --log-destination=stderr, --export-all, --base-path=${folder}/srv, ${folder}/srv]
    # The repository belongs to whoever runs the tests, the program may run as nobody.
    env:
      GIT_CONFIG_COUNT: 1
      GIT_CONFIG_KEY_0: safe.directory
      GIT_CONFIG_VALUE_0: "*"
`;
}

interface Repository {
  readonly folder: string;
  git(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<FinishedPeer>;
  commit(text: string): Promise<void>;
}

async function makeRepository(t: Test, path: string): Promise<Repository> {
  const folder = makeFolder(t);
  const project = join(folder, 'srv/project');
  mkdirSync(project, { recursive: true });
  const git: Repository['git'] = (args, env) => runPeer(t, [path, ...args], { env: { ...gitEnvironment, ...env } });
  const commit: Repository['commit'] = async (text) => {
    writeFileSync(join(project, 'readme'), text);
    await git(['-C', project, 'add', 'readme']);
    const { code, stdout, stderr } = await git(['-C', project, 'commit', '-m', 'text']);
    if (code !== 0) throw new Error(stdout + stderr);
  };
  await git(['init', '--initial-branch=main', project]);
  await commit('one\n');
  return { folder, git, commit };
}
