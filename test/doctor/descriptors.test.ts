import t from 'tap';

import { checkDescriptors } from '../../src/doctor/descriptors.ts';
import { daemonPlan, servicePlan } from '../support/plans.ts';
import { patient } from './patient.ts';

const service = (name: string, connections: number, more: object = {}) => {
  const { limits } = servicePlan();
  return servicePlan({ name, limits: { ...limits, connections }, ...more });
};

t.test('a worker may have all the connections that its services take, and some files', async (t) => {
  const services = [service('a', 500), service('b', 436)];
  t.same(checkDescriptors(patient({ services }), 1000), []);
  t.match(checkDescriptors(patient({ services }), 999), [
    { severity: 'warning', message: /pool main may have 1000 connections.* may have 999/, fix: /LimitNOFILE=1024/ },
  ]);
});

t.test('services in processes of their own count there, and several workers share', async (t) => {
  const apart = [service('a', 500), service('b', 500, { isolate: true })];
  t.same(checkDescriptors(patient({ services: apart }), 600), []);
  const daemon = daemonPlan({ workers: 2 });
  t.same(checkDescriptors(patient({ daemon, services: [service('a', 1000)] }), 564), []);
  t.equal(checkDescriptors(patient({ daemon, services: [service('a', 1001)] }), 564).length, 1);
  t.same(checkDescriptors(patient({ services: [service('a', 1e6, { enabled: false })] }), 100), []);
});
