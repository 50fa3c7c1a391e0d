import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { permissions } from '../../../../src/contract/account.ts';
import { createFakeContext } from '../../../support/fake-context.ts';
import { loadFileSystem } from '../../../../src/services/ftp/files/file-system.ts';
import { setUp } from '../stage.ts';

// As one for ftp-srv is written: a class that is given a connection and where it stands, with paths of the peer's.
const foldersModule = `import fs from 'node:fs';
import path from 'node:path';
export default class Folders {
  constructor(connection, { root, cwd }) {
    this.connection = connection;
    this.root = root;
    this.cwd = cwd;
  }
  resolve(name) {
    const client = path.posix.isAbsolute(name) ? path.posix.normalize(name) : path.posix.join(this.cwd, name);
    return { client, real: path.join(this.root, client) };
  }
  currentDirectory() { return this.cwd; }
  async get(name) {
    const { real } = this.resolve(name);
    return Object.assign(fs.statSync(real), { name });
  }
  async list(name = '.') {
    const { real } = this.resolve(name);
    return fs.readdirSync(real).map((each) => Object.assign(fs.statSync(path.join(real, each)), { name: each }));
  }
  async chdir(name) { return (this.cwd = this.resolve(name).client); }
  async read(name, { start } = {}) {
    const { real, client } = this.resolve(name);
    return { stream: fs.createReadStream(real, { start }), clientPath: client };
  }
  async write(name, { append = false, start } = {}) {
    const { real, client } = this.resolve(name);
    const flags = append ? 'a' : start === undefined ? 'w' : 'r+';
    return { stream: fs.createWriteStream(real, { flags, start }), clientPath: client };
  }
  async delete(name) {
    const { real } = this.resolve(name);
    return fs.statSync(real).isDirectory() ? fs.rmdirSync(real) : fs.unlinkSync(real);
  }
  async mkdir(name) { fs.mkdirSync(this.resolve(name).real); return name; }
  async rename(from, to) { fs.renameSync(this.resolve(from).real, this.resolve(to).real); }
  async chmod(name, mode) { fs.chmodSync(this.resolve(name).real, mode); }
  getUniqueName() { return 'unique'; }
}
`;

t.test('a class in the form of ftp-srv serves everything that it can', async (t) => {
  const module = join(t.testdir({ 'folders.mjs': foldersModule }), 'folders.mjs');
  const stage = await setUp(t, {
    options: { file_system: module, max_file_size: '10B' },
    files: { 'a.txt': 'one\ntwo\n', 'd/e': '' },
  });
  const { ask, fetch, store } = await stage.enter();
  const taken = '226 All is taken and on disk';
  t.equal((await fetch('RETR a.txt')).toString(), 'one\ntwo\n');
  await ask('REST 4');
  t.equal((await fetch('RETR a.txt')).toString(), 'two\n');
  t.match((await fetch('LIST')).toString(), /^-.* a\.txt\r\nd.* d\r\n$/);
  t.equal((await fetch('NLST d')).toString(), 'd/e\r\n');
  t.match(await ask('MLST a.txt'), /;size=8;/);
  t.equal(await ask('SIZE a.txt'), '213 8');
  t.equal(await ask('CWD d'), '250 "/d" is where you are');
  t.equal(await store('STOR f', 'new'), taken);
  t.equal(await store('APPE f', '+'), taken);
  await ask('REST 1');
  t.equal(await store('STOR f', 'EW'), taken);
  t.equal(fs.readFileSync(stage.path('d/f'), 'utf8'), 'nEW+');
  t.match(stage.served.items, [
    { name: 'f', size: 3 },
    { name: 'f', size: 4 },
    { name: 'f', size: 3 },
  ]);
  t.equal(await store('STOR g', '01234567890'), '552 The file is too large');
  t.notOk(fs.existsSync(stage.path('d/g')));
  t.equal(await ask('CWD /'), '250 "/" is where you are');
  t.equal(await ask('MKD n'), '257 "/n" is there');
  t.equal(await ask('MKD n'), '550 There is one of that name already');
  t.equal(await ask('DELE n'), '550 That is a folder');
  t.equal(await ask('RMD a.txt'), '550 That is no folder');
  t.equal(await ask('RMD n'), '250 Done');
  await ask('RNFR a.txt');
  t.equal(await ask('RNTO b.txt'), '250 Done');
  t.equal(await ask('SITE CHMOD 600 b.txt'), '200 Done');
  t.equal(fs.statSync(stage.path('b.txt')).mode & 0o777, 0o600);
  t.equal(await ask('DELE b.txt'), '250 Done');
  t.equal(await ask('DELE b.txt'), '550 There is no such file or folder');
  t.equal(await ask('MFMT 20200101000000 d'), '550 That is not allowed');
  await ask('TYPE A');
  await ask('CWD d');
  t.equal((await fetch('RETR f')).toString(), 'nEW+');
});

t.test('permissions are asked here', async (t) => {
  const module = join(t.testdir({ 'folders.mjs': foldersModule }), 'folders.mjs');
  const { enter } = await setUp(t, { options: { file_system: module, write: false }, files: { 'a.txt': 'a' } });
  const { ask, fetch, store } = await enter();
  t.equal((await fetch('RETR a.txt')).toString(), 'a');
  t.equal(await store('STOR b', 'b'), '550 That is not allowed');
  for (const line of ['MKD x', 'DELE a.txt', 'RNFR a.txt', 'SITE CHMOD 600 a.txt', 'RMD x']) {
    t.equal(await ask(line), '550 That is not allowed', line);
  }
});

// Regression: the session was there for ever.
t.test('a module that never answers is given up with the session', async (t) => {
  const hanging = `const never = () => new Promise(() => {});
export default () => Object.fromEntries(
  ['currentDirectory', 'get', 'list', 'chdir', 'read', 'write', 'delete', 'mkdir', 'rename', 'chmod'].map((name) => [name, never]),
);`;
  const make = await loadFileSystem(join(t.testdir({ 'hanging.mjs': hanging }), 'hanging.mjs'), createFakeContext());
  const controller = new AbortController();
  const session = { id: 'x', peer: { address: '127.0.0.1' }, account: null, signal: controller.signal } as never;
  const files = await make(session, { root: '/', permissions, maxFileSize: null });
  const waiting: Promise<unknown>[] = [
    files.stat('/a'),
    files.open('/a'),
    files.write('/a', { keep: 0, replaces: true, size: null }),
    files.makeFolder('/a'),
    files.remove('/a'),
  ];
  controller.abort('idle');
  for (const each of waiting) await t.rejects(each, { name: 'PeerError', message: 'the session has ended' });
});

t.test('modules that are none', async (t) => {
  const folder = t.testdir({
    'object.mjs': 'export default {};',
    'half.mjs': 'export default () => ({ get() {}, list() {} });',
  });
  const context = createFakeContext();
  await t.rejects(
    loadFileSystem(join(folder, 'object.mjs'), context),
    /expected a default export that is a class or a function/,
  );
  const make = await loadFileSystem(join(folder, 'half.mjs'), context);
  const session = { id: 'x', peer: { address: '127.0.0.1' }, account: null } as never;
  await t.rejects(
    make(session, { root: '/', permissions: [], maxFileSize: null }),
    /half\.mjs: what it makes has no "chdir"/,
  );
});
