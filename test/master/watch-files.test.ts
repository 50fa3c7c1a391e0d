import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import type { AccountRecord } from '../../src/contract/account.ts';
import type { CertificatePairs } from '../../src/contract/channel.ts';
import type { LogFields } from '../../src/contract/logger.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { AccountsNews } from '../../src/master/accounts.ts';
import type { Applied } from '../../src/master/apply.ts';
import { createCertificates, type CertificateNews } from '../../src/master/certificates.ts';
import { createMasterLog, type MasterLog } from '../../src/master/master-log.ts';
import { poolPlans } from '../../src/master/pool-plans.ts';
import { createRegistryLink } from '../../src/master/registry-link.ts';
import { watchFiles } from '../../src/master/watch-files.ts';
import { recordOf } from '../accounts/records.ts';
import { createFakePoolWorker, type FakePoolWorker } from '../support/fake-worker.ts';
import { acmePlan, daemonPlan, listenPlan, plan as planOf, servicePlan } from '../support/plans.ts';

interface Bench {
  readonly certificates: CertificateNews;
  readonly accounts: AccountsNews;
  readonly workers: Readonly<Record<string, FakePoolWorker>>;
  readonly events: (readonly [string, LogFields])[];
  next(event: string): Promise<LogFields>;
  /** What the registry was given. */
  readonly records: (readonly AccountRecord[])[];
}

/** Workers of two pools, and of the registry. */
function setUp(t: Test, more: Partial<Plan> = {}): Bench {
  const plan = planOf({
    daemon: daemonPlan({ state: t.testdir({}) }),
    services: [
      servicePlan({ name: 'echo' }),
      servicePlan({ name: 'alone', isolate: true, listen: [listenPlan('tls://127.0.0.1:0', { certificate: 'mine' })] }),
    ],
    ...more,
  });
  const workers: Record<string, FakePoolWorker> = {};
  const pools = poolPlans(plan).map((poolPlan) => {
    const worker = createFakePoolWorker(poolPlan.name, { pool: poolPlan.name });
    workers[poolPlan.name] = worker;
    return { poolPlan, pool: { workers: [worker] } };
  });
  const events: (readonly [string, LogFields])[] = [];
  let read = 0;
  let wake = Promise.withResolvers<void>();
  const log: MasterLog = {
    ...createMasterLog(),
    emit(event, fields = {}) {
      events.push([event, fields]);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  };
  const records: (readonly AccountRecord[])[] = [];
  const names = Object.keys(plan.certificates);
  const load = (): CertificatePairs => Object.fromEntries(names.map((name) => [name, pair(name)]));
  const heard: { certificates?: CertificateNews; accounts?: AccountsNews } = {};
  watchFiles({
    plan,
    certificates: { ...createCertificates(), watch: (_, news) => void (heard.certificates = news), load },
    accounts: { close() {}, watch: (_, news) => void (heard.accounts = news) },
    registry: {
      ...createRegistryLink(
        () => [],
        () => [],
      ),
      useAccounts: (given) => void records.push(given),
    },
    log,
    current: () => ({ pools }) as unknown as Applied,
  });
  return {
    certificates: heard.certificates as CertificateNews,
    accounts: heard.accounts as AccountsNews,
    workers,
    events,
    records,
    async next(event) {
      for (;;) {
        const [name, fields] = events[read] ?? [];
        if (fields === undefined) await wake.promise;
        else {
          read += 1;
          if (name === event) return fields;
        }
      }
    },
  };
}

const pair = (text: string): { cert: string; key: string } => ({ cert: `cert ${text}`, key: `key ${text}` });

t.test('new certificates go to the workers that serve them, to each its own', async (t) => {
  const files = { kind: 'files', cert: '/c', key: '/k', passphrase: null } as const;
  const { certificates, workers, events } = setUp(t, { certificates: { default: files, mine: files, spare: files } });
  certificates.changed({ default: pair('a'), mine: pair('b'), spare: pair('c') }, ['mine', 'spare']);
  t.same(workers['main']?.told, [{ type: 'certificates', certificates: { default: pair('a') } }]);
  t.same(workers['alone']?.told, [{ type: 'certificates', certificates: { default: pair('a'), mine: pair('b') } }]);
  t.same(workers['@registry']?.told, [{ type: 'certificates', certificates: {} }]);
  t.same(events, [
    ['certificate.renewed', { certificate: 'mine', file: '/c', fingerprint: undefined }],
    ['certificate.renewed', { certificate: 'spare', file: '/c', fingerprint: undefined }],
  ]);
  certificates.failed('mine', 'no key');
  certificates.failed('', 'cannot watch');
  t.same(events.slice(2), [
    ['certificate.failed', { certificate: 'mine', reason: 'no key' }],
    ['certificate.failed', { certificate: undefined, reason: 'cannot watch' }],
  ]);
});

t.test('after a renewal the administrator’s program runs', async (t) => {
  t.test('and knows where the certificate is, and nothing else', async (t) => {
    const folder = t.testdir({});
    const written = join(folder, 'written');
    const script = `env > ${written}.new; echo "$@" >> ${written}.new; pwd >> ${written}.new; mv ${written}.new ${written}; printf 'no\\033[31m\\n entry\\n' >&2; exit 3`;
    const command = ['/bin/sh', '-c', script, 'hook', 'one', 'two words'];
    const state = join(folder, 'state');
    const { certificates, next } = setUp(t, {
      daemon: daemonPlan({ state }),
      certificates: { default: { kind: 'self_signed', names: ['localhost'], command } },
    });
    certificates.changed({ default: pair('a') }, ['default']);
    t.same(await next('certificate.command'), {
      certificate: 'default',
      reason: '/bin/sh: it ended with status 3',
      stderr: 'no entry',
    });
    const lines = fs.readFileSync(written, 'utf8').trim().split('\n');
    t.same(lines.slice(-2), ['one two words', '/']);
    t.match(lines, [/^PORTICO|^PATH|^PWD|^_|^SHLVL|^OLDPWD/]);
    for (const line of [
      'PORTICO_CERTIFICATE_NAME=default',
      `PORTICO_CERTIFICATE=${state}/ca/issued/default.pem`,
      `PORTICO_KEY=${state}/ca/issued/default.key`,
    ])
      t.ok(lines.includes(line), line);
    const names = lines.slice(0, -2).map((line) => line.split('=')[0] ?? '');
    t.same(
      names.filter((name) => !/^(?:PATH|PORTICO_(?:CERTIFICATE|CERTIFICATE_NAME|KEY)|PWD|SHLVL|OLDPWD|_)$/.test(name)),
      [],
    );
  });

  t.test('and gets what is served, not what stands in the folder that others can write', async (t) => {
    const state = t.testdir({ acme: { 'public.pem': 'cert of theirs', 'public.key': 'key of theirs' } });
    const command = ['/bin/sh', '-c', 'cat "$PORTICO_CERTIFICATE" "$PORTICO_KEY" >&2; exit 3'];
    const { certificates, next } = setUp(t, {
      daemon: daemonPlan({ state }),
      certificates: { public: acmePlan({ command }) },
    });
    certificates.changed({ public: pair('public') }, ['public']);
    t.match(await next('certificate.command'), { certificate: 'public', stderr: 'cert publickey public' });
  });

  t.test('one that cannot be started, or is killed, is told', async (t) => {
    const { certificates, next } = setUp(t, {
      certificates: {
        missing: { kind: 'self_signed', names: ['localhost'], command: ['/nonexistent/hook'] },
        killed: { kind: 'self_signed', names: ['localhost'], command: ['/bin/sh', '-c', 'kill -9 $$'] },
        none: { kind: 'self_signed', names: ['localhost'], command: [] },
      },
    });
    certificates.changed({ none: pair('none'), missing: pair('missing') }, ['none', 'missing']);
    t.match(await next('certificate.command'), { certificate: 'missing', reason: /^\/nonexistent\/hook: / });
    certificates.changed({ killed: pair('killed') }, ['killed']);
    t.match(await next('certificate.command'), { certificate: 'killed', reason: '/bin/sh: it was ended by SIGKILL' });
  });
});

t.test('what the local authority made before is told, and handed on unless it stands in for another', async (t) => {
  const command = ['/nonexistent/hook'];
  const { certificates, events } = setUp(t, {
    certificates: {
      own: { kind: 'self_signed', names: ['localhost'], command },
      public: acmePlan({ command }),
    },
  });
  const made = { file: '/f', fingerprint: 'AB:CD', isStandIn: false };
  certificates.issued({ ...made, name: null });
  certificates.issued({ ...made, name: 'public', isStandIn: true });
  certificates.issued({ ...made, name: 'own' });
  t.match(events, [
    ['certificate.issued', { message: 'local authority made', file: '/f', fingerprint: 'AB:CD' }],
    ['certificate.issued', { certificate: 'public', file: '/f', fingerprint: 'AB:CD' }],
    ['certificate.issued', { certificate: 'own', file: '/f', fingerprint: 'AB:CD' }],
    ['certificate.command', { certificate: 'own', reason: /^\/nonexistent\/hook: / }],
  ]);
  t.equal(events.length, 4);
});

t.test('accounts go to the registry, and the log tells of changes without what is in them', async (t) => {
  const { accounts, records, events } = setUp(t);
  const alice = recordOf('alice', { password: '$argon2id$secret' });
  accounts.loaded([alice], true);
  t.same(events, [], 'that is the start');
  accounts.loaded([alice, recordOf('bob')], false);
  accounts.rejected('accounts.yaml:1:2: no');
  t.same(
    records.map((list) => list.map(({ name }) => name)),
    [['alice'], ['alice', 'bob']],
  );
  t.same(events, [
    ['accounts.loaded', { accounts: 2 }],
    ['accounts.rejected', { reason: 'accounts.yaml:1:2: no' }],
  ]);
});
