import t from 'tap';

import { findDeadEnds } from '../../src/config/dead-ends.ts';
import type { Plan, ServicePlan } from '../../src/contract/plan.ts';
import { daemonPlan, plan, servicePlan } from '../support/plans.ts';

const accounts = [{ kind: 'file', path: '/nonexistent/accounts.yaml' } as const];
const database = [{ kind: 'sqlite', path: '/nonexistent/accounts.db' } as const];

function told(service: Partial<ServicePlan>, more: Partial<Plan> = {}): readonly string[] {
  return findDeadEnds(plan({ services: [servicePlan({ name: 'it', ...service })], ...more }));
}

const addAccounts = 'as there are no accounts: add accounts: ./accounts.yaml';

t.test('logins, and no accounts', async (t) => {
  const cases: readonly Partial<ServicePlan>[] = [
    { type: 'pop3' },
    { type: 'imap' },
    { type: 'sftp' },
    { type: 'ftp' },
    { type: 'smtp', options: { auth: 'required' }, deliver: ['archive'] },
  ];
  for (const service of cases) {
    t.same(told(service), [`services.it: nobody can log in, ${addAccounts}`], `${service.type}`);
    t.same(told(service, { accounts }), [], `${service.type}`);
  }
  t.same(told({ type: 'ftp', options: { anonymous: { root: '/srv' } } }), []);
  t.same(told({ type: 'smtp', options: { auth: 'optional' }, deliver: ['archive'] }), []);
});

t.test('routes for accounts, and no accounts', async (t) => {
  const options = {
    routes: { '/': { files: '/srv' }, '/drop/': { upload: true, directory: '/srv', accounts: 'any' } },
  };
  t.same(told({ type: 'http', options }), [`services.it: nobody can log in at /drop/, ${addAccounts}`]);
  t.same(told({ type: 'http', options }, { accounts }), []);
  t.same(told({ type: 'cgi', options: { accounts: ['zoe'] } }), [
    `services.it: nobody can log in at /cgi-bin/, ${addAccounts}`,
  ]);
  t.same(told({ type: 'xmlrpc', options: { accounts: 'any', path: '/rpc' } }), [
    `services.it: nobody can log in at /rpc, ${addAccounts}`,
  ]);
});

t.test('routes for accounts that there are not', async (t) => {
  const folder = t.testdir({ 'accounts.yaml': 'alice: {}\n' });
  const known = [{ kind: 'file', path: `${folder}/accounts.yaml` } as const];
  const options = { routes: { '/': { files: '/srv', accounts: ['alice', 'zoe'] } } };
  const service = { type: 'http', options };
  const daemon = daemonPlan({ state: folder });
  t.same(told(service, { accounts: known, daemon }), [
    'services.it: / is for the account zoe, which there is not: portico user add zoe makes it',
  ]);
  t.same(told(service, { accounts: [...known, ...database], daemon }), [], 'a database may know');
  t.same(told(service, { accounts, daemon }), [], 'that the file is missing is told already');
});

t.test('mail that goes nowhere', async (t) => {
  t.same(told({ type: 'smtp' }), [
    'services.it: all mail is refused, as it can go nowhere: name deliveries with deliver, or add accounts: ./accounts.yaml',
  ]);
  t.same(told({ type: 'smtp', options: { recipients: ['*@example.com'] } }, { accounts }), [
    'services.it: recipients are for deliveries, and it has none: name them with deliver; mail for addresses of accounts needs no recipients',
  ]);
  t.same(told({ type: 'smtp' }, { accounts }), []);
  t.same(told({ type: 'smtp', options: { recipients: ['*@example.com'] }, deliver: ['archive'] }), []);
});

t.test('deliveries of what takes nothing in', async (t) => {
  const deliver = ['archive'];
  t.same(told({ type: 'echo', deliver }), [
    'services.it: a service of the type echo takes nothing in, so that nothing is delivered: leave deliver out',
  ]);
  t.same(told({ type: 'http', deliver, options: { routes: { '/': { files: '/srv' } } } }), [
    'services.it: no route has upload: true, so that nothing comes for its deliveries',
  ]);
  t.same(told({ type: 'http', deliver, options: { routes: { '/': { upload: true } } } }), []);
  for (const type of ['smtp', 'syslog', 'ftp', 'sftp', 'tftp']) t.same(told({ type, deliver }, { accounts }), [], type);
  t.same(told({ type: '/srv/own.ts', deliver }), [], 'what a module of one’s own does, only that knows');
});
