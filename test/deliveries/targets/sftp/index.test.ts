import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../../src/contract/errors.ts';
import sftp from '../../../../src/deliveries/targets/sftp/index.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem } from '../../../support/fake-item.ts';
import { startSshd, type TestSshd } from '../../../support/sshd.ts';

const never = new AbortController().signal;

const server = await startSshd(t);
if (server !== null) {
  describeTarget(sftp, { place: newPlace, isIdempotent: true });
  testPlaces(server);
  testKeys(server);
}

let count = 0;

async function newPlace(t: Test): Promise<Place> {
  const own = (await startSshd(t)) as TestSshd;
  count += 1;
  const path = join(own.folder, `place-${count}`);
  const files = (): string[] =>
    existsSync(path)
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(path, name)).isFile())
      : [];
  return {
    options: { ...loginTo(own), path, name: '{account}/{name}' },
    async arrived() {
      const whole = files().filter((name) => !name.includes('.portico-'));
      return whole.map((name) => ({ size: statSync(join(path, name)).size, content: readFileSync(join(path, name)) }));
    },
    // A file that was begun stays until the next attempt: the connection that could have removed it was cut.
    litter: async () => readdirSync(own.folder).filter((name) => !name.startsWith('place-')),
    breakDown: own.stop,
  };
}

function loginTo({ port, user, key, fingerprint }: TestSshd) {
  return { host: '127.0.0.1', port, user, key, host_key: fingerprint };
}

function testPlaces(server: TestSshd): void {
  const open = async (t: Test, path: string, more: Record<string, unknown> = {}) => {
    const target = await createTarget(sftp, { ...loginTo(server), path, ...more });
    t.teardown(() => target.stop?.());
    return target;
  };
  const read = (path: string): Record<string, string> => {
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(path, name)).isFile(),
    );
    return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]));
  };

  t.test('folders are made, and the time is that of its arrival', async (t) => {
    const path = join(server.folder, 'a', 'b');
    const target = await open(t, path, { name: '{date}/{service}/{name}' });
    await target.deliver(fakeItem(t, { content: 'one' }), never);
    const [file = ''] = Object.keys(read(path));
    t.equal(file, '2026-01-31/drop/report.pdf');
    t.equal(statSync(join(path, file)).mtimeMs, Date.UTC(2026, 0, 31, 12));
    // Neither more nor fewer permissions than the server gives.
    t.equal(statSync(join(path, file)).mode & 0o111, 0);
  });

  t.test('another thing of the same name has a number, also when both come at once', async (t) => {
    const path = join(server.folder, 'same');
    const target = await open(t, path);
    await target.deliver(fakeItem(t, { content: 'one' }), never);
    await target.deliver(fakeItem(t, { content: 'two' }), never);
    const rest = ['3', '4', '5', '6'].map((content) => target.deliver(fakeItem(t, { content }), never));
    await Promise.all(rest);
    const files = read(path);
    t.same(Object.keys(files), [2, 3, 4, 5, 6].map((number) => `report-${number}.pdf`).concat('report.pdf'));
    t.same(Object.values(files).sort(), ['3', '4', '5', '6', 'one', 'two']);
  });

  t.test('of the same size and second, but different: both are there', async (t) => {
    const path = join(server.folder, 'alike');
    const target = await open(t, path);
    const item = fakeItem(t, { content: 'one' });
    await target.deliver(item, never);
    writeFileSync(join(path, 'report.pdf'), 'ONE');
    utimesSync(join(path, 'report.pdf'), Math.floor(item.received / 1000), Math.floor(item.received / 1000));
    await target.deliver(item, never);
    t.same(read(path), { 'report-2.pdf': 'one', 'report.pdf': 'ONE' });
  });

  t.test('what an attempt before this one has left half is replaced', async (t) => {
    const path = join(server.folder, 'half');
    const target = await open(t, path);
    await target.deliver(fakeItem(t, { name: 'first' }), never);
    const item = fakeItem(t, { content: 'whole' });
    writeFileSync(join(path, `.portico-${item.id}`), 'half of something longer');
    await target.deliver(item, never);
    t.same(read(path), { first: 'first line\r\nsecond line\r\n', 'report.pdf': 'whole' });
  });

  t.test('one connection serves what comes one after the other', async (t) => {
    const target = await open(t, join(server.folder, 'kept'));
    const before = logins(server);
    for (const content of ['1', '2', '3']) await target.deliver(fakeItem(t, { content }), never);
    t.equal(logins(server) - before, 1);
  });

  t.test('what the server refuses is for now, with its reason', async (t) => {
    const target = await open(t, '/dev/null/folder');
    const failure = await target.deliver(fakeItem(t), never).catch((error: unknown) => error);
    t.ok(failure instanceof TemporaryError, String(failure));
    t.match(failure, { message: /\/dev\/null/ });
  });
}

function logins({ peer }: TestSshd): number {
  return peer.output().split('Accepted publickey').length;
}

function testKeys(server: TestSshd): void {
  const attempt = async (t: Test, more: Record<string, unknown>): Promise<string> => {
    const target = await createTarget(sftp, { ...loginTo(server), path: join(server.folder, 'keys'), ...more });
    t.teardown(() => target.stop?.());
    return target.deliver(fakeItem(t), never).then(
      () => 'delivered',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  };
  const otherKey = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 1)]).toString('base64')}`;

  t.test('a server is known by its key, or by its fingerprint, or by one of several', async (t) => {
    for (const host_key of [server.hostKey, server.fingerprint, [otherKey, `${server.hostKey} a comment`], 'any'])
      t.equal(await attempt(t, { host_key }), 'delivered', String(host_key));
  });

  t.test('a server that is not known is told nothing', async (t) => {
    const before = server.peer.output().length;
    const refused = `TemporaryError: its host key is not a known one: ${server.fingerprint}`;
    t.equal(await attempt(t, { host_key: otherKey }), refused);
    t.equal(await attempt(t, { host_key: `SHA256:${'A'.repeat(43)}` }), refused);
    t.notMatch(server.peer.output().slice(before), /Accepted/);
  });

  t.test('a key that the server does not let in, a file that is none, and a password are for now', async (t) => {
    t.match(
      await attempt(t, { key: join(server.folder, '..', 'host') }),
      /^TemporaryError: the server refused the key of the user \S+$/,
    );
    t.match(await attempt(t, { key: '/nonexistent' }), /^TemporaryError: the key cannot be read: ENOENT/);
    t.match(await attempt(t, { key: join(server.folder, '..', 'config') }), /^TemporaryError: .*privateKey/);
    t.match(
      await attempt(t, { key: undefined, password: 'wonderland' }),
      /^TemporaryError: the server refused the password of the user \S+$/,
    );
    t.match(await attempt(t, { port: 1 }), /^TemporaryError: .*ECONNREFUSED/);
  });
}
