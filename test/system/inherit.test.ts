import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import t from 'tap';

import { describeInherited, inheritedSockets, listenVariables, storedName } from '../../src/system/inherit.ts';

const pid = process.pid;

t.test('nothing is inherited where nothing is said', (t) => {
  t.strictSame(inheritedSockets({}, pid), []);
  t.strictSame(inheritedSockets({ LISTEN_FDS: '1' }, pid), [], 'without LISTEN_PID');
  t.strictSame(inheritedSockets({ LISTEN_FDS: '1', LISTEN_PID: String(pid + 1) }, pid), [], "another's");
  t.strictSame(inheritedSockets({ LISTEN_FDS: '0', LISTEN_FDNAMES: '', LISTEN_PID: String(pid) }, pid), []);
  t.strictSame(inheritedSockets({ PORTICO_LISTEN_FDS: '', PORTICO_LISTEN_FDNAMES: '' }, pid), []);
  t.end();
});

t.test('takes what systemd gives', (t) => {
  const module = JSON.stringify(import.meta.resolve('../../src/system/inherit.ts'));
  const program = `import(${module}).then((m) => console.log(JSON.stringify(m.inheritedSockets(process.env, process.pid))))`;
  const give = (more: string): string => {
    // As systemd does: the pid is known only in the child, between fork and exec.
    const script = `${more} LISTEN_PID=$$ exec "$0" -e "$1"`;
    const { stdout } = spawnSync('/bin/sh', ['-c', script, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
    });
    return stdout.toString();
  };
  t.equal(give('LISTEN_FDS=2 LISTEN_FDNAMES=web:mail'), '[{"fd":3,"name":"web"},{"fd":4,"name":"mail"}]\n');
  t.equal(give('LISTEN_FDS=2'), '[{"fd":3,"name":"unknown"},{"fd":4,"name":"unknown"}]\n');
  t.equal(
    give('LISTEN_FDS=2 PORTICO_LISTEN_FDS=4 PORTICO_LISTEN_FDNAMES=own'),
    '[{"fd":4,"name":"own"},{"fd":3,"name":"unknown"}]\n',
    'what is in both lists is ours',
  );
  t.equal(
    give(`LISTEN_FDS=2 LISTEN_FDNAMES=web:${storedName('tcp ::1 80')}`),
    '[{"fd":3,"name":"web"},{"fd":4,"name":"tcp ::1 80"}]\n',
    'with what it has kept for us',
  );
  t.end();
});

t.test('names for what systemd keeps', (t) => {
  t.equal(storedName('stream ::1 80'), 'portico-stored%20stream%20%3A%3A1%2080');
  t.equal(storedName('x'.repeat(238))?.length, 255);
  t.equal(storedName('x'.repeat(239)), null, 'it takes no longer ones');
  t.end();
});

t.test('takes what the image before us left, under any number and name', (t) => {
  const fds = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')].toReversed();
  const sockets = fds.map((fd, i) => ({ fd, name: ['tcp://[::1]:80', 'unix:/run/ü,;: %41'][i]! }));
  const env = describeInherited(sockets);
  t.strictSame(env, {
    PORTICO_LISTEN_FDS: fds.join(','),
    PORTICO_LISTEN_FDNAMES: 'tcp%3A%2F%2F%5B%3A%3A1%5D%3A80:unix%3A%2Frun%2F%C3%BC%2C%3B%3A%20%2541',
  });
  t.strictSame(inheritedSockets(env, pid), sockets);
  t.strictSame(inheritedSockets(describeInherited([]), pid), []);
  for (const name of Object.keys(env)) t.ok((listenVariables as readonly string[]).includes(name));
  for (const fd of fds) closeSync(fd);
  t.end();
});

t.test('refuses what cannot be true', (t) => {
  const LISTEN_PID = String(pid);
  const cases: [Record<string, string>, string | RegExp][] = [
    [{ LISTEN_PID, LISTEN_FDS: 'two' }, 'LISTEN_FDS: expected a number such as "3", got "two"'],
    [{ LISTEN_PID, LISTEN_FDS: '-1' }, 'LISTEN_FDS: expected a number such as "3", got "-1"'],
    [{ LISTEN_PID, LISTEN_FDS: '9999999' }, 'LISTEN_FDS: expected a number such as "3", got "9999999"'],
    [{ LISTEN_PID, LISTEN_FDS: '1', LISTEN_FDNAMES: 'a:b' }, 'LISTEN_FDNAMES: expected 1 names, got 2 in "a:b"'],
    [{ LISTEN_PID, LISTEN_FDS: '500' }, /^inherited descriptor \d+ is not open$/],
    [{ PORTICO_LISTEN_FDS: '3,' }, 'PORTICO_LISTEN_FDS: expected a number such as "3", got ""'],
    [{ PORTICO_LISTEN_FDS: '0,0' }, 'PORTICO_LISTEN_FDS: "0,0" names a descriptor twice'],
    [
      { PORTICO_LISTEN_FDS: '0,1', PORTICO_LISTEN_FDNAMES: 'a' },
      'PORTICO_LISTEN_FDNAMES: expected 2 names, got 1 in "a"',
    ],
    [{ PORTICO_LISTEN_FDS: '0', PORTICO_LISTEN_FDNAMES: '%' }, 'PORTICO_LISTEN_FDNAMES: "%" is no name'],
    [{ PORTICO_LISTEN_FDS: '777' }, 'inherited descriptor 777 is not open'],
  ];
  for (const [env, message] of cases) t.throws(() => inheritedSockets(env, pid), { message }, JSON.stringify(env));
  t.end();
});
