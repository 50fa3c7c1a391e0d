import { isIP, isIPv4 } from 'node:net';
import * as z from 'zod';

import { OptionError, parseNetwork, show } from '../../../contract/options.ts';

/** An IPv4 address, a host name, or "auto": the address that the control connection was reached on. */
export type PublicAddressPlan = readonly PublicAddressRule[];

export interface PublicAddressRule {
  /** Where the peers are that are told this; null: everywhere else. */
  readonly network: string | null;
  readonly address: string;
}

const expected = '"auto", an IPv4 address, a host name, or a map of networks to these';

/** One address for all peers, or one for each network that they come from: `{ 192.168.0.0/16: 192.168.1.5, default: 203.0.113.7 }`. */
export function publicAddress(): z.ZodType<PublicAddressPlan, string | Record<string, string>> {
  return z
    .union([z.string(), z.record(z.string(), z.string())], {
      error: ({ input }) => `expected ${expected}, got ${show(input)}`,
    })
    .meta({ title: 'public address', examples: ['auto', '203.0.113.7', 'ftp.example.com'] })
    .transform((input, context) => {
      try {
        return typeof input === 'string'
          ? [rule('default', input)]
          : Object.entries(input).map((entry) => rule(...entry));
      } catch (error) {
        if (!(error instanceof OptionError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });
}

function rule(key: string, address: string): PublicAddressRule {
  const isName =
    /^(?=.{1,253}$)(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.|$))+$/.test(address) && !/^[\d.]+$/.test(address);
  if (!isIPv4(address) && !isName) {
    // RFC 959 4.1.2: PASV has room for four bytes.
    const remark = isIP(address) === 6 ? ' (PASV tells IPv4 addresses only)' : '';
    throw new OptionError(`expected ${expected}, got ${show(address)}${remark}`);
  }
  return { network: key === 'default' ? null : parseNetwork(key), address };
}
