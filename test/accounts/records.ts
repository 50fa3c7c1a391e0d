import { permissions, type AccountRecord } from '../../src/contract/account.ts';

/** An account for tests; what is not given is what a file with nothing but a name would say. */
export function recordOf(name: string, given: Partial<AccountRecord> = {}): AccountRecord {
  return {
    name,
    password: null,
    keys: [],
    home: `/home/${name}`,
    services: null,
    permissions,
    quota: null,
    mail: [],
    ...given,
  };
}

/** Quick to compute: "secret". */
export const secretHash = '$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$1pazaWFI7iSXJLTjb4ccs7OW1XPlIRFV+XIUMR/UnJg';

export const aliceKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
