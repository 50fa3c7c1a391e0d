import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import t from 'tap';

import { findGroup, findGroupsOf, findUser, nameOfGroup, nameOfUser } from '../../src/system/users.ts';

t.test('finds users and groups', (t) => {
  t.strictSame(findUser('root'), { name: 'root', uid: 0, gid: 0 });
  t.equal(findGroup('root'), 0);
  const nobody = findUser('nobody');
  t.match(nobody, { name: 'nobody', uid: Number, gid: Number });
  t.end();
});

t.test('finds the groups that name somebody', (t) => {
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  for (const line of lines) {
    const [, , gid, members = ''] = line.split(':');
    for (const member of members.split(',').filter(Boolean)) t.ok(findGroupsOf(member).includes(Number(gid)), line);
  }
  t.same(findGroupsOf('portico-nonexistent'), []);
  t.same(findGroupsOf(''), []);
  t.end();
});

t.test('there is nobody of such names', (t) => {
  for (const name of [
    'portico-nonexistent',
    '',
    '0',
    '65534',
    '-s',
    '--help',
    'root:x',
    'root\nroot',
    'a b',
    'ro*',
    '../x',
    'x'.repeat(300),
  ]) {
    t.equal(findUser(name), null, JSON.stringify(name));
    t.equal(findGroup(name), null, JSON.stringify(name));
  }
  t.end();
});

t.test(
  'root can become another, and never root again',
  { skip: process.getuid!() === 0 ? false : 'needs root' },
  (t) => {
    const nobody = findUser('nobody')!;
    const program = `
    const { becomeUser } = await import(${JSON.stringify(import.meta.resolve('../../src/system/users.ts'))});
    becomeUser({ user: 'nobody', uid: ${nobody.uid}, gid: ${nobody.gid} });
    let again = 'root again';
    try { process.setuid(0); } catch { again = 'never again'; }
    console.log(process.getuid(), process.geteuid(), process.getgid(), process.getgroups().join(), again);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    t.equal(
      stdout.toString(),
      `${nobody.uid} ${nobody.uid} ${nobody.gid} ${nobody.gid} never again\n`,
      stderr.toString(),
    );
    t.end();
  },
);

t.test(
  'with the supplementary groups that are named',
  { skip: process.getuid!() === 0 ? false : 'needs root' },
  (t) => {
    const nobody = findUser('nobody')!;
    const groupsAs = (uid: number, groups: readonly number[]): string => {
      const program = `
      const { becomeUser } = await import(${JSON.stringify(import.meta.resolve('../../src/system/users.ts'))});
      process.setgroups([7]);
      becomeUser({ user: 'x', uid: ${uid}, gid: ${nobody.gid}, groups: ${JSON.stringify(groups)} });
      console.log(/^Groups:[ \\t]*(.*?)[ \\t]*$/m.exec((await import('node:fs')).readFileSync('/proc/self/status', 'utf8'))[1]);`;
      return String(spawnSync(process.execPath, ['--input-type=module', '-e', program]).stdout);
    };
    t.equal(groupsAs(nobody.uid, []), '\n');
    t.equal(groupsAs(nobody.uid, [1, 5]), '1 5\n');
    t.equal(groupsAs(0, []), '\n', 'root too');
    t.end();
  },
);

t.test('numbers have names', async (t) => {
  t.equal(nameOfUser(0), 'root');
  t.equal(nameOfGroup(0), 'root');
  // What means "none" to the kernel is nobody's.
  t.equal(nameOfUser(4_294_967_295), null);
  t.equal(nameOfGroup(4_294_967_295), null);
});

t.test('others cannot become anyone', (t) => {
  const program = `
    const { becomeUser } = await import(${JSON.stringify(import.meta.resolve('../../src/system/users.ts'))});
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
    try { becomeUser({ user: 'root', uid: 0, gid: 0 }); } catch (error) { console.log(error.code); }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(stdout.toString(), 'EPERM\n');
  t.end();
});
