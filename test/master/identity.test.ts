import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import t from 'tap';

import { serviceIdentity, workerIdentity } from '../../src/master/identity.ts';
import { findGroup, findUser } from '../../src/system/users.ts';
import { daemonPlan, servicePlan } from '../support/plans.ts';

const isRoot = process.getuid?.() === 0;
const nobody = findUser('nobody');
const asRoot = { skip: isRoot && nobody !== null ? false : 'needs root and an account nobody' };
const asOther = { skip: isRoot ? 'root may be anybody' : false };

t.test('started by root', asRoot, async (t) => {
  t.test('workers are the account portico, or else nobody', async (t) => {
    const expected = findUser('portico') ?? nobody!;
    t.same(workerIdentity(daemonPlan()), { user: expected.name, uid: expected.uid, gid: expected.gid });
  });

  t.test('workers are who the plan says', async (t) => {
    t.same(workerIdentity(daemonPlan({ user: 'nobody' })), { user: 'nobody', uid: nobody!.uid, gid: nobody!.gid });
    t.same(workerIdentity(daemonPlan({ user: 'nobody', group: 'root' })), {
      user: 'nobody',
      uid: nobody!.uid,
      gid: 0,
    });
  });

  t.test('root gives nothing up, when it is said', async (t) => {
    t.equal(workerIdentity(daemonPlan({ user: 'root' })), null);
    t.equal(serviceIdentity(servicePlan({ user: 'root' }), daemonPlan({ user: 'nobody' })), null);
  });

  t.test('but groups, when those are said', async (t) => {
    const root = { user: 'root', uid: 0 };
    const identity = (more: object) => serviceIdentity(servicePlan({ user: 'root', ...more }), daemonPlan());
    t.same(identity({ group: 'daemon' }), { ...root, gid: findGroup('daemon') });
    t.same(identity({ groups: [] }), { ...root, gid: 0, groups: [] });
    t.same(identity({ groups: ['daemon'] }), { ...root, gid: 0, groups: [findGroup('daemon')] });
  });

  t.test('supplementary groups are numbers', async (t) => {
    const { uid, gid } = nobody!;
    const identity = (groups: string[]) => serviceIdentity(servicePlan({ user: 'nobody', groups }), daemonPlan());
    t.same(identity([]), { user: 'nobody', uid, gid, groups: [] });
    t.same(identity(['root', 'daemon']), { user: 'nobody', uid, gid, groups: [0, findGroup('daemon')] });
    t.throws(() => identity(['no-group-at-all']), { code: 78, message: 'there is no group no-group-at-all' });
    t.equal(serviceIdentity(servicePlan({ groups: [] }), daemonPlan({ user: 'root' })), null, 'of a user only');
  });

  t.test('a service may have its own', async (t) => {
    const daemon = daemonPlan({ user: 'root' });
    t.equal(serviceIdentity(servicePlan({ user: 'nobody' }), daemon)?.uid, nobody!.uid);
    t.equal(serviceIdentity(servicePlan({ user: 'nobody', group: 'root' }), daemon)?.gid, findGroup('root'));
    t.equal(serviceIdentity(servicePlan(), daemonPlan({ user: 'nobody' }))?.uid, nobody!.uid, 'or the daemon’s');
  });

  t.test('says who there is not', async (t) => {
    t.throws(() => workerIdentity(daemonPlan({ user: 'nobody-at-all' })), {
      name: 'ExitError',
      code: 78,
      message: 'there is no user nobody-at-all',
    });
    t.throws(() => workerIdentity(daemonPlan({ user: 'nobody', group: 'no-group-at-all' })), {
      name: 'ExitError',
      code: 78,
      message: 'there is no group no-group-at-all',
    });
  });
});

t.test('started by anybody else', asOther, async (t) => {
  t.test('workers are as we are, whoever the plan names', async (t) => {
    t.equal(workerIdentity(daemonPlan({ user: 'root' })), null);
    t.equal(serviceIdentity(servicePlan(), daemonPlan({ user: 'root' })), null);
  });

  t.test('a service can be nobody but us', async (t) => {
    t.equal(serviceIdentity(servicePlan({ user: userInfo().username }), daemonPlan()), null);
    t.throws(() => serviceIdentity(servicePlan({ name: 'ftp', user: 'root' }), daemonPlan()), {
      name: 'ExitError',
      code: 77,
      message: 'service ftp: user: root needs a daemon started as root',
    });
  });

  t.test('with the groups that we have', async (t) => {
    const { username, gid } = userInfo();
    const own = new Set(process.getgroups!()).add(gid);
    const names = [...own].map(nameOfGroup);
    const identity = (groups: string[]) =>
      serviceIdentity(servicePlan({ name: 'ftp', user: username, groups }), daemonPlan());
    t.equal(identity(names), null);
    t.equal(identity(names.filter((name) => findGroup(name) !== gid)), null, 'the main one counts anyway');
    const others = own.size > 1 ? [] : ['root', 'daemon'];
    t.throws(() => identity(others), { code: 77, message: 'service ftp: groups needs a daemon started as root' });
  });
});

function nameOfGroup(gid: number): string {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(gid));
  return line?.split(':')[0] ?? '';
}

t.test('an unknown user of a service is a mistake for everybody', async (t) => {
  t.throws(() => serviceIdentity(servicePlan({ user: 'nobody-at-all' }), daemonPlan()), { code: 78 });
});
