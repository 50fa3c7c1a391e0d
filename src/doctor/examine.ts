import { reasonOf } from '../contract/errors.ts';
import { checkAccounts } from './accounts.ts';
import { checkCertificates } from './certificates.ts';
import { checkClock } from './clock.ts';
import { checkDaemon } from './daemon.ts';
import { checkDeliveries } from './deliveries.ts';
import { checkDescriptors } from './descriptors.ts';
import { checkDisk } from './disk.ts';
import type { Check, Finding, Patient } from './finding.ts';
import { checkFiles } from './files.ts';
import { checkLogs } from './logs.ts';
import { checkPassiveAddresses } from './passive-addresses.ts';
import { checkPorts } from './ports.ts';
import { checkResolver } from './resolver.ts';
import { checkSshKeys } from './ssh-keys.ts';

/** In the order in which they are told. */
export const checks: readonly Check[] = [
  { name: 'daemon', run: checkDaemon },
  { name: 'ports', run: checkPorts },
  { name: 'passive addresses', run: checkPassiveAddresses },
  { name: 'certificates', run: checkCertificates },
  { name: 'files', run: checkFiles },
  { name: 'deliveries', run: checkDeliveries },
  { name: 'logs', run: checkLogs },
  { name: 'ssh keys', run: checkSshKeys },
  { name: 'descriptors', run: checkDescriptors },
  { name: 'disk', run: checkDisk },
  { name: 'clock', run: checkClock },
  { name: 'resolver', run: checkResolver },
  { name: 'accounts', run: checkAccounts },
];

/** Looks at everything, one after the other, so that what one measures no other disturbs. */
export async function examine(patient: Patient, all: readonly Check[] = checks): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run } of all) {
    try {
      findings.push(...(await run(patient)));
    } catch (error) {
      findings.push({
        severity: 'warning',
        check: name,
        message: `this could not be looked at: ${reasonOf(error)}`,
        fix: null,
      });
    }
  }
  return findings;
}
