import t from 'tap';

import { checkPassiveAddresses } from '../../src/doctor/passive-addresses.ts';
import { listenPlan, servicePlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

const ftp = (options: object, listen = 'tcp://*:21') =>
  told(
    checkPassiveAddresses(
      patient({
        services: [
          servicePlan({ name: 'files', type: 'ftp', options: options as never, listen: [listenPlan(listen)] }),
        ],
      }),
    ),
  );

t.test('ports that a firewall can open', async (t) => {
  t.match(ftp({ public_address: '203.0.113.7' }), [
    /^note: the service files awaits data connections on any free port/,
  ]);
  t.same(ftp({ public_address: '203.0.113.7', passive_ports: '50000-50100' }), []);
  t.same(ftp({}, 'tcp://127.0.0.1:21'), [], 'on this machine nothing is between');
});

t.test('other types tell no addresses', async (t) => {
  t.same(checkPassiveAddresses(patient({ services: [servicePlan({ listen: [listenPlan('tcp://*:7')] })] })), []);
});

t.test('ports that cannot be had', async (t) => {
  const look = (range: string | number, listen: string) =>
    ftp({ public_address: '203.0.113.7', passive_ports: range }, listen);
  t.same(look('1000-1023', 'tcp://*:21'), [
    'error: the service files awaits data connections on ports below 1024 (1000-1023), which only root may have: its workers are not root',
  ]);
  t.match(look('1023-1030', 'tcp://*:21'), [/^error: .*below 1024/]);
  t.same(look('1024-1030', 'tcp://*:21'), []);
});
