import { spawnSync } from 'node:child_process';

import t from 'tap';

import { findUser } from '../../src/system/users.ts';
import { startDaemon } from '../support/daemon.ts';
import { hasProc, statusOf } from './processes.ts';
import { listenTo } from './talk.ts';

// The daemon's own /etc/group, in which nobody and root are in two groups more.
const more = 'portico-one:x:64801:nobody,root\\nportico-two:x:64802:nobody\\nportico-three:x:64803:\\n';
const withGroups = `{ cat /etc/group; printf '${more}'; } > group && mount --bind group /etc/group && exec "$@"`;
const canMount = (): boolean =>
  spawnSync('unshare', ['-m', 'sh', '-c', 'mount --bind /etc/group /etc/group']).status === 0;
const needs = {
  skip:
    process.getuid?.() !== 0
      ? 'needs root'
      : findUser('nobody') === null
        ? 'there is no user nobody'
        : !hasProc
          ? 'no /proc'
          : !canMount() && 'mounting is not allowed',
};

t.test('which groups the program of a user in two groups has', needs, async (t) => {
  const id = 'type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/id, -G]';
  const configuration = (rest: string): string => `services:
  all: { ${id}, user: nobody }
  said: { ${id}, user: nobody, groups: all }
  primary: { ${id}, user: nobody, groups: primary }
  named: { ${id}, user: nobody, groups: [portico-three, portico-one] }
  other: { ${id}, user: nobody, group: portico-three, groups: primary }
  apart: { ${id}, user: nobody, groups: [portico-two], isolate: true }
  root: { ${id}, user: root, groups: primary }
  ${rest}
`;
  const daemon = await startDaemon(t, configuration(`boss: { ${id}, user: root, group: portico-three }`), {
    launcher: ['unshare', '-m', 'sh', '-c', withGroups, 'sh'],
  });
  const gid = findUser('nobody')?.gid;
  const groupsOf = async (service: string): Promise<string> => await listenTo(await daemon.port(service));

  t.equal(await groupsOf('all'), `${gid} 64801 64802\n`);
  t.equal(await groupsOf('said'), `${gid} 64801 64802\n`);
  t.equal(await groupsOf('primary'), `${gid}\n`);
  t.equal(await groupsOf('named'), `${gid} 64801 64803\n`);
  t.equal(await groupsOf('other'), '64803\n');
  t.equal(await groupsOf('apart'), `${gid} 64802\n`);
  t.equal(await groupsOf('root'), '0\n');
  t.equal(await groupsOf('boss'), '64803 64801\n');
  t.same(statusOf(await daemon.workerPid('user:nobody/primary'), 'Groups'), [], 'the worker has no others itself');

  t.test('each in workers of its own', async (t) => {
    const { services } = await daemon.status();
    t.same(Object.fromEntries(services.map(({ name, pool }) => [name, pool])), {
      all: 'user:nobody',
      said: 'user:nobody',
      primary: 'user:nobody/primary',
      named: 'user:nobody+portico-one+portico-three',
      other: 'user:nobody:portico-three/primary',
      apart: 'apart',
      root: 'user:root/primary',
      boss: 'user:root:portico-three',
    });
  });
  t.test('also after a crash, a reload and an upgrade', async (t) => {
    const exited = daemon.nextLine((line) => line.event === 'worker.exit');
    process.kill(await daemon.workerPid('user:nobody/primary'), 'SIGKILL');
    await exited;
    t.equal(await groupsOf('primary'), `${gid}\n`);
    await daemon.change(configuration(`late: { ${id}, user: nobody, groups: primary }`));
    t.equal(await groupsOf('primary'), `${gid}\n`);
    t.equal(await groupsOf('late'), `${gid}\n`);
    daemon.signal('SIGUSR2');
    await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === 3);
    t.equal(await groupsOf('primary'), `${gid}\n`);
    t.equal(await groupsOf('all'), `${gid} 64801 64802\n`);
  });
});
