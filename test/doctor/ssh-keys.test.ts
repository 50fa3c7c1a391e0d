import t from 'tap';

import { checkSshKeys } from '../../src/doctor/ssh-keys.ts';
import { deliveryPlan, servicePlan } from '../support/plans.ts';
import { patient, told } from './patient.ts';

t.test('keys that are none', async (t) => {
  const base = t.testdir({
    'id.pub': 'ssh-ed25519 AAAA',
    shut: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
  });
  const sftp = (host_keys: string | string[], more = {}) =>
    servicePlan({ name: 'files', type: 'sftp', options: { host_keys }, base, ...more });
  const found = (parts: object) => told(checkSshKeys(patient(parts)));

  t.same(found({ services: [sftp('auto')] }), []);
  t.same(found({ services: [sftp(['missing'])] }), [], 'told with the other files');
  t.same(found({ services: [sftp(['shut'], { enabled: false })] }), []);
  t.same(checkSshKeys(patient({ services: [sftp(['id.pub', 'shut'])] })), [
    {
      severity: 'error',
      check: 'ssh keys',
      message: `${base}/id.pub, a key of the service files, is a public key: the private one is in the file without .pub`,
      fix: null,
    },
    {
      severity: 'error',
      check: 'ssh keys',
      message: `${base}/shut, a key of the service files, has a passphrase`,
      fix: `ssh-keygen -p -N '' -f ${base}/shut`,
    },
  ]);
  const delivery = (options: object) => ({ out: deliveryPlan({ type: 'sftp', options: options as never, base }) });
  t.same(found({ deliveries: delivery({ key: 'shut' }) }), [
    `error: ${base}/shut, a key of the delivery out, has a passphrase`,
  ]);
  t.same(found({ deliveries: delivery({ key: 'shut', passphrase: 'x' }) }), []);
  t.same(found({ deliveries: delivery({ password: 'x' }) }), []);
});
