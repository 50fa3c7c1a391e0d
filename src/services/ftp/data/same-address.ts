import { isIPv6 } from 'node:net';

import { expandIPv6, plainAddress } from '../../../wire/source.ts';

/** Whether both are the same IP address, however they are written. */
export function isSameAddress(one: string, other: string): boolean {
  return normalise(one) === normalise(other);
}

function normalise(address: string): string {
  const plain = plainAddress(address.toLowerCase());
  return isIPv6(plain) ? expandIPv6(plain).join(':') : plain;
}
