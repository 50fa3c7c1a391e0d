import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import {
  courierName,
  courierService,
  hasCourier,
  hasMailboxes,
  prepareSpool,
  prepareTargets,
} from '../../src/master/courier-plan.ts';
import { daemonPlan, deliveryPlan, plan, servicePlan } from '../support/plans.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { user: 'nobody', uid: 65_534, gid: 65_534 };
const other = { user: 'other', uid: 12_345, gid: 12_346 };

const smtp = servicePlan({ name: 'mail', type: 'smtp' });
const accounts = [{ kind: 'file', path: '/etc/portico/accounts.yaml' }] as const;

t.test('there is a courier where there is something to deliver to', async (t) => {
  t.equal(courierService(plan()), null);
  t.equal(hasCourier(plan({ accounts: [...accounts] })), false);
  t.equal(hasCourier(plan({ services: [smtp] })), false);
  t.equal(hasMailboxes(plan({ accounts: [...accounts], services: [{ ...smtp, enabled: false }] })), false);
  t.equal(hasMailboxes(plan({ accounts: [...accounts], services: [smtp] })), true);
  t.equal(hasCourier(plan({ accounts: [...accounts], services: [smtp] })), true);
  t.equal(hasCourier(plan({ deliveries: { archive: deliveryPlan() } })), true);
});

t.test('is told all that it has to know', async (t) => {
  const deliveries = { archive: deliveryPlan({ options: { path: '/archive' } }) };
  const service = courierService(plan({ deliveries, daemon: daemonPlan({ state: '/var/lib/portico' }) }));
  t.match(service, { name: courierName, type: 'courier', isolate: true, listen: [] });
  t.same(service?.options, {
    folder: '/var/lib/portico/store',
    spool: '/var/lib/portico/spool',
    mail: '/var/lib/portico/mail',
    deliveries,
    mailboxes: null,
  });
  const withMail = courierService(plan({ accounts: [...accounts], services: [smtp] }));
  t.match(withMail, { options: { mailboxes: { type: 'maildir' } } });
});

const modeOf = (path: string): number => fs.statSync(path).mode & 0o7777;

t.test('the spool has a folder for each user that writes', async (t) => {
  const state = t.testdir();
  prepareSpool(state, { writer: null, reader: null });
  const folder = join(state, 'spool', String(process.getuid?.()));
  // Who writes delivers, too: there is no group to share with, and a sandbox may forbid the bit for it.
  for (const path of [folder, join(folder, 'tmp'), join(folder, 'new')]) t.equal(modeOf(path), 0o700, path);
  fs.writeFileSync(join(folder, 'new/a'), 'hello');
  prepareSpool(state, { writer: null, reader: null });
  t.equal(fs.readFileSync(join(folder, 'new/a'), 'utf8'), 'hello');
});

t.test('of the group of those who deliver', { skip: !isRoot && 'only root can give folders away' }, async (t) => {
  const state = t.testdir();
  prepareSpool(state, { writer: other, reader: nobody });
  const folder = join(state, 'spool/12345');
  for (const path of [folder, join(folder, 'tmp'), join(folder, 'new')]) {
    t.match(fs.statSync(path), { uid: 12_345, gid: 65_534 }, path);
    t.equal(modeOf(path), 0o2770);
  }
});

t.test(
  'no link that a worker has put there is followed',
  { skip: !isRoot && 'only root gives folders away' },
  async (t) => {
    const state = t.testdir({ precious: {} });
    prepareSpool(state, { writer: other, reader: nobody });
    const drafts = join(state, 'spool/12345/tmp');
    fs.rmdirSync(drafts);
    fs.symlinkSync(join(state, 'precious'), drafts);
    prepareSpool(state, { writer: other, reader: nobody });
    t.match(fs.statSync(join(state, 'precious')), { uid: 0 });
  },
);

t.test('what cannot be made keeps nobody from starting', async () => {
  prepareSpool('/dev/null/state', { writer: null, reader: null });
  prepareTargets(plan({ deliveries: { archive: deliveryPlan({ options: { path: '/dev/null/archive' } }) } }), null);
});

function foldersOf(t: Test, reader: typeof nobody | null) {
  const state = t.testdir({ there: {} });
  const to = (path: string, type = 'directory') => deliveryPlan({ type, options: { path }, base: state });
  const deliveries = {
    a: to('new/archive'),
    b: to('maildir', 'maildir'),
    c: to('there'),
    d: to('upload', 'sftp'),
    e: deliveryPlan({ type: 'directory', options: null }),
  };
  prepareTargets(plan({ deliveries, daemon: daemonPlan({ state }) }), reader);
  return state;
}

t.test('folders that are delivered to are made, if there are none', async (t) => {
  const state = foldersOf(t, null);
  t.same(fs.readdirSync(state).sort(), ['mail', 'maildir', 'new', 'there']);
  const modes = ['mail', 'maildir', 'new/archive'].map((path) => modeOf(join(state, path)));
  t.same(modes, [0o700, 0o700, 0o750], "mail is nobody else's, files are for a group as well");
});

t.test('as the own ones of who delivers', { skip: !isRoot && 'only root can give folders away' }, async (t) => {
  const state = foldersOf(t, nobody);
  for (const path of ['mail', 'maildir', 'new/archive']) t.match(fs.statSync(join(state, path)), { uid: 65_534 }, path);
  for (const path of ['new', 'there']) t.match(fs.statSync(join(state, path)), { uid: 0 }, path);
});
