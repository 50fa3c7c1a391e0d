import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { linux } from '../../src/system/constants.ts';
import { signatures } from '../../src/system/libc-signatures.ts';
import { libc } from '../../src/system/libc.ts';
import type { Libc } from '../../src/system/libc.ts';

t.test('is null where it was turned off', (t) => {
  const program = `import(${JSON.stringify(import.meta.resolve('../../src/system/libc.ts'))}).then((m) => process.exit(m.libc === null ? 0 : 1))`;
  t.spawn(process.execPath, ['--no-experimental-ffi', '-e', program], {}, '--no-experimental-ffi');
  t.spawn(process.execPath, ['-e', program], { env: { ...process.env, PORTICO_NO_FFI: '1' } }, 'PORTICO_NO_FFI=1');
  t.end();
});

if (libc !== null) t.test('every function is called with the signature that it has', (t) => callAll(t, libc!));

function callAll(t: Test, real: Libc): void {
  const called = new Set<string>();
  const c = new Proxy(real, {
    get(target, name) {
      called.add(String(name));
      return target[name as keyof Libc];
    },
  });
  const fds = new Int32Array(2);

  t.equal(typeof c.__errno_location(), 'bigint');
  t.strictSame([c.fcntl(-1, linux.F_GETFD, 0), c.errno()], [-1, 9], 'EBADF');

  const oneHour = new BigInt64Array([0n, 0n, 3600n, 0n]);
  const left = new BigInt64Array(4);
  t.equal(c.setitimer(linux.ITIMER_VIRTUAL, oneHour, left), 0);
  t.equal(c.setitimer(linux.ITIMER_VIRTUAL, new BigInt64Array(4), left), 0);
  t.ok(left[2]! >= 3599n, 'what was set before');

  t.equal(c.pipe2(fds, linux.O_CLOEXEC), 0);
  const [from, to] = [fds[0]!, fds[1]!];
  t.equal(c.fcntl(from, linux.F_GETFD, 0), linux.FD_CLOEXEC);
  const polled = new DataView(new ArrayBuffer(8));
  polled.setInt32(0, from, true);
  polled.setInt16(4, linux.POLLIN, true);
  t.equal(c.poll(polled, 1n, 0), 0, 'nothing to read');
  writeSync(to, 'hello');
  t.equal(c.poll(polled, 1n, 0), 1, 'something to read');
  const text = Buffer.alloc(10);
  t.equal(c.read(from, text, 10n), 5n);
  t.equal(text.toString('latin1', 0, 5), 'hello');

  t.equal(c.socketpair(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC, 0, fds), 0);
  const pair = [fds[0]!, fds[1]!];
  t.equal(c.send(pair[0]!, Buffer.from('abc'), 3n, linux.MSG_NOSIGNAL), 3n);
  const vector = new BigUint64Array([c.addressOf(text), 10n]);
  const message = new DataView(new ArrayBuffer(56));
  message.setBigUint64(16, c.addressOf(vector), true);
  message.setBigUint64(24, 1n, true);
  t.equal(c.recvmsg(pair[1]!, message, linux.MSG_DONTWAIT), 3n);
  t.equal(text.toString('latin1', 0, 5), 'abclo');
  t.equal(c.sendmsg(pair[1]!, message, linux.MSG_NOSIGNAL), 10n);
  t.equal(vector.length, 2);

  const address = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  t.equal(c.inet_pton(linux.AF_INET, Buffer.from('127.0.0.1\0'), address.subarray(4)), 1);
  t.strictSame([...address.subarray(4, 8)], [127, 0, 0, 1]);
  t.not(c.inet_ntop(linux.AF_INET, address.subarray(4), text, 10), 0n, '127.0.0.1 and its NUL fill the ten bytes');
  t.equal(text.toString('latin1'), '127.0.0.1\0');
  const listening = c.socket(linux.AF_INET, linux.SOCK_STREAM | linux.SOCK_CLOEXEC, 0);
  t.equal(c.setsockopt(listening, linux.SOL_SOCKET, linux.SO_REUSEADDR, new Int32Array([1]), 4), 0);
  const value = new Int32Array(1);
  const length = new Uint32Array([4]);
  t.equal(c.getsockopt(listening, linux.SOL_SOCKET, linux.SO_REUSEADDR, value, length), 0);
  t.strictSame([value[0], length[0]], [1, 4]);
  t.equal(c.bind(listening, address, 16), 0);
  t.equal(c.listen(listening, 5), 0);
  length[0] = 16;
  t.equal(c.getsockname(listening, address, length), 0);
  t.equal(length[0], 16);
  const peer = c.socket(linux.AF_INET, linux.SOCK_STREAM | linux.SOCK_CLOEXEC, 0);
  t.equal(c.connect(peer, address, 16), 0);

  const file = openSync(join(t.testdir({ text: 'hello world' }), 'text'), 'r');
  const offset = new BigInt64Array([6n]);
  t.equal(c.sendfile(peer, file, offset, 5n), 5n);
  t.equal(offset[0], 11n, 'moved on');
  closeSync(file);

  const [actions, attributes, words] = [
    Buffer.alloc(1024),
    Buffer.alloc(1024),
    Buffer.from('sh\0-c\0exit $V\0V=7\0/\0'),
  ];
  const at = c.addressOf(words);
  t.equal(c.posix_spawn_file_actions_init(actions), 0);
  t.equal(c.posix_spawn_file_actions_adddup2(actions, from, 0), 0);
  t.equal(c.posix_spawn_file_actions_addchdir_np(actions, words.subarray(18)), 0);
  if (c.closeFrom !== null) t.equal(c.closeFrom(actions, 3), 0);
  t.equal(c.posix_spawnattr_init(attributes), 0);
  t.equal(c.posix_spawnattr_setsigmask(attributes, Buffer.alloc(128)), 0);
  t.equal(c.posix_spawnattr_setsigdefault(attributes, Buffer.alloc(128, 0xff)), 0);
  t.equal(c.posix_spawnattr_setflags(attributes, linux.POSIX_SPAWN_SETPGROUP), 0);
  const argv = new BigUint64Array([at, at + 3n, at + 6n, 0n]);
  const envp = new BigUint64Array([at + 14n, 0n]);
  t.equal(c.posix_spawn(fds, Buffer.from('/bin/sh\0'), actions, attributes, argv, envp), 0);
  t.equal(c.posix_spawn_file_actions_destroy(actions), 0);
  const pid = fds[0]!;
  t.equal(c.setpriority(linux.PRIO_PGRP, pid, 5), 0);
  // PR_CAP_AMBIENT_IS_SET: CAP_NET_BIND_SERVICE.
  t.ok([0, 1].includes(c.prctl(linux.PR_CAP_AMBIENT, 1n, 10n, 0n, 0n)));
  const [limits, limitsBefore] = [new BigUint64Array([64n, 64n]), new BigUint64Array(2)];
  t.equal(c.prlimit(pid, 7 /* RLIMIT_NOFILE */, limits, limitsBefore), 0);
  t.ok((limitsBefore[1] ?? 0n) >= 64n);
  const information = new Int32Array(new ArrayBuffer(128));
  t.equal(c.waitid(1 /* P_PID */, pid, information, linux.WEXITED | linux.WNOWAIT), 0);
  t.equal(information[4], pid);
  t.equal(c.waitpid(pid, fds, 0), pid);
  t.equal(fds[0], 7 << 8);
  t.equal(words.length, 20);

  for (const fd of [from, to, ...pair, listening, peer]) closeSync(fd);
  t.strictSame(
    Object.keys(signatures).filter((name) => !called.has(name)),
    [],
    'none is left out',
  );
  t.end();
}
