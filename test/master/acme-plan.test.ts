import t from 'tap';

import type { AcmePlan, Plan } from '../../src/contract/plan.ts';
import { acmeService } from '../../src/master/acme-plan.ts';
import { acmePlan, listenPlan, plan as planOf, servicePlan } from '../support/plans.ts';

function listening(certificates: readonly Partial<AcmePlan>[], services: Plan['services'] = []): string[] | null {
  const named = Object.fromEntries(certificates.map((more, index) => [`c${index}`, acmePlan(more)]));
  const service = acmeService(planOf({ certificates: named, services }));
  return service === null ? null : service.listen.map(({ text }) => text);
}

const at = (text: string): Partial<AcmePlan> => ({ listen: listenPlan(text) });
const service = (text: string, more: Partial<Plan['services'][number]> = {}): Plan['services'][number] =>
  servicePlan({ type: 'http', listen: [listenPlan(text)], ...more });

t.test('nobody has to be answered', async (t) => {
  t.equal(listening([]), null);
  t.equal(listening([{ challenge: 'tls-alpn-01' }]), null);
  const files = { kind: 'files', cert: '/c', key: '/k', passphrase: null } as const;
  const selfSigned = { kind: 'self_signed', names: ['localhost'], command: [] } as const;
  t.equal(acmeService(planOf({ certificates: { files, selfSigned } })), null);
});

t.test('one answers for all certificates, on every address once', async (t) => {
  t.same(listening([at('tcp://*:80')]), ['tcp://*:80']);
  t.same(listening([at('tcp://*:80'), at('tcp://*:80'), at('tcp://127.0.0.1:8080')]), [
    'tcp://*:80',
    'tcp://127.0.0.1:8080',
  ]);
});

t.test('where a service listens, that service answers', async (t) => {
  t.equal(listening([at('tcp://*:80')], [service('tcp://*:80')]), null);
  t.equal(listening([at('tcp://*:80')], [service('tcp://127.0.0.1:80')]), null, 'it has a part of it');
  t.same(listening([at('tcp://*:80')], [service('tcp://*:81'), service('udp://*:80')]), ['tcp://*:80']);
  t.same(listening([at('tcp://*:80')], [service('tcp://*:80', { enabled: false })]), ['tcp://*:80']);
  t.same(listening([at('tcp://*:80'), at('tcp://*:81')], [service('tcp://*:80')]), ['tcp://*:81']);
});

t.test('it is a service of the house', async (t) => {
  const own = acmeService(planOf({ certificates: { public: acmePlan(at('tcp://127.0.0.1:80')) }, services: [] }));
  t.match(own, {
    name: '@acme',
    type: 'acme',
    isolate: true,
    listen: [{ kind: 'tcp', certificate: null, proxyProtocol: [], mode: null }],
  });
});
