import { hostname } from 'node:os';

import t from 'tap';

import { checkResolver } from '../../src/doctor/resolver.ts';
import { deliveryPlan, listenPlan, noLogging, servicePlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

const absent = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });

t.test('names that the configuration depends on are looked up, addresses are not', async (t) => {
  const asked: string[] = [];
  const services = [
    servicePlan({
      listen: ['tcp://gate.example:25', 'udp://127.0.0.1:7', 'tcp://*:9', 'unix:/x'].map((text) => listenPlan(text)),
    }),
  ];
  const logging = {
    ...noLogging,
    outputs: [{ kind: 'syslog', address: listenPlan('tcp://logs.example:514'), format: 'rfc5424', ca: null } as const],
  };
  const found = await checkResolver(patient({ services, logging }), async (name) => void asked.push(name));
  t.same(found, []);
  t.same(asked, [hostname(), 'gate.example', 'logs.example']);
});

t.test('one that is not found', async (t) => {
  const services = [servicePlan({ name: 'mail', listen: [listenPlan('tcp://gate.example:25')] })];
  const found = await checkResolver(patient({ services }), () => Promise.reject(absent));
  t.same(told(found), [
    `note: ${hostname()} (the name of this machine) is not found: getaddrinfo ENOTFOUND`,
    'error: gate.example (where the service mail listens) is not found: getaddrinfo ENOTFOUND',
  ]);
});

t.test('where peers and deliveries are sent', async (t) => {
  const asked: string[] = [];
  const ftp = (options: object) => servicePlan({ type: 'ftp', listen: [], options: options as never });
  const services = [
    ftp({ public_address: 'ftp.example' }),
    ftp({ public_address: { '10.0.0.0/8': '10.0.0.1', default: 'out.example' } }),
    ftp({ public_address: 'auto' }),
    ftp({ public_address: '203.0.113.7' }),
  ];
  const deliveries = {
    hook: deliveryPlan({ type: 'webhook', options: { url: 'https://hooks.example:8443/in' } }),
    local: deliveryPlan({ type: 'webhook', options: { url: 'http://[::1]:80/' } }),
    relay: deliveryPlan({ type: 'smtp', options: { host: 'smtp.example' } }),
    printer: deliveryPlan({ type: 'sftp', options: { host: '192.0.2.1' } }),
    archive: deliveryPlan({ type: 'directory', options: { path: './archive' } }),
  };
  await checkResolver(patient({ services, deliveries }), async (name) => void asked.push(name));
  t.same(asked, [hostname(), 'ftp.example', 'out.example', 'hooks.example', 'smtp.example']);
  const missing = await checkResolver(patient({ deliveries }), () => Promise.reject(absent));
  t.match(told(missing)[1], /^error: hooks\.example \(where the delivery hook brings things\) is not found/);
});
