import * as z from 'zod';

import { isIP } from 'node:net';
import {
  address,
  duration,
  durationOrNone,
  fileMode,
  hours,
  network,
  OptionError,
  parseNetwork,
  path,
  rate,
  show,
} from '../contract/options.ts';
import type { AccessPlan, AddressPlan, LegacyTlsPlan, LimitsPlan, ListenPlan, TlsPlan } from '../contract/plan.ts';
import { account, name } from './frame.ts';

/** What every service understands, whatever its type. */

const listenAddress = address();

const listenObject = z
  .strictObject({
    address: listenAddress.describe('where to listen'),
    certificate: name.optional().describe("name of the certificate served here. Default: the service's"),
    proxy_protocol: z
      .array(network())
      .prefault([])
      .describe("networks of proxies whose connections begin with a PROXY header that tells the peer's address"),
    mode: fileMode().optional().describe('permissions of a unix socket, in quotes'),
    broadcast: z.boolean().prefault(false).describe('whether broadcast datagrams may be sent'),
    multicast: z.array(multicastGroup()).prefault([]).describe('multicast groups to join'),
  })
  .transform((given): ListenPlan => ({
    ...given.address,
    certificate: given.certificate ?? null,
    proxyProtocol: given.proxy_protocol,
    mode: given.mode ?? null,
    broadcast: given.broadcast,
    multicast: given.multicast,
  }));

const maxGroups = 64;

const listenText = listenAddress.transform(plainListen);

export const serviceShape = {
  type: z.string().optional().describe("service type, or a path to a module of one's own. Default: the service's name"),
  enabled: z.boolean().prefault(true).describe('whether the service runs'),
  listen: z
    .union([listenText, listenObject, z.array(z.union([listenText, listenObject])).min(1)])
    .transform((given): readonly ListenPlan[] => (Array.isArray(given) ? given : [given]))
    .optional()
    .describe('one address or a list of them'),
  user: account.optional().describe("identity of the service's worker, only when started as root"),
  group: account.optional().describe("group of the service's worker. Default: the user's own"),
  groups: z
    .union([z.enum(['all', 'primary']), z.array(account).max(maxGroups)])
    .transform((given): readonly string[] | null => (given === 'all' ? null : given === 'primary' ? [] : given))
    .prefault('all')
    .describe(
      "supplementary groups of the service's worker: all that its user has, primary for none beside its main group, or names",
    ),
  isolate: z.boolean().prefault(false).describe('whether the service has a worker process of its own'),
  sensor: z
    .boolean()
    .prefault(false)
    .describe('a trap: whoever connects is banned for `limits.ban` and served nothing'),
  access: z
    .strictObject({
      allow: z.array(peerPattern()).prefault([]).describe('peers that may connect. Default: all'),
      deny: z.array(peerPattern()).prefault([]).describe('peers that may not; the better match wins'),
      never_ban: z.array(peerPattern()).prefault([]).describe('peers that are never banned'),
      hours: z
        .array(hours())
        .prefault([])
        .describe('hours of service in local time; may cross midnight. Default: always'),
    })
    .transform((given): AccessPlan => ({
      allow: given.allow,
      deny: given.deny,
      neverBan: given.never_ban,
      hours: given.hours,
    }))
    .prefault({})
    .describe('who may connect, and when'),
  limits: z
    .strictObject({
      connections: z.int().min(1).max(1_000_000).prefault(1000).describe('sessions at once'),
      per_source: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('sessions at once from one address (IPv6: one /64)'),
      rate: rate().optional().describe('new connections or datagrams of the whole service'),
      rate_per_source: rate().optional().describe('new connections or datagrams from one address'),
      pause: duration().prefault('10s').describe('how long a service over its rate refuses'),
      idle: durationOrNone({ min: '1ms' }).optional().describe("time without a byte either way. Default: the type's"),
      session: durationOrNone({ min: '1ms' }).optional().describe('time of a whole session. Default: no limit'),
      auth_failures: rate().prefault('10/10m').describe('failed logins of one source before it is banned'),
      ban: duration({ min: '1s', max: '365d' })
        .prefault('10m')
        .describe('how long every service refuses a banned source'),
    })
    .transform((given): LimitsPlan => ({
      connections: given.connections,
      perSource: given.per_source ?? null,
      rate: given.rate ?? null,
      ratePerSource: given.rate_per_source ?? null,
      pause: given.pause,
      idle: given.idle,
      session: given.session ?? null,
      authFailures: given.auth_failures,
      ban: given.ban,
    }))
    .prefault({})
    .describe('what the service may use up'),
  tls: z
    .strictObject({
      certificate: name.optional().describe('name of the certificate served when no other fits. Default: default'),
      certificates: z
        .array(name)
        .prefault([])
        .describe('names of more certificates, chosen by the name the peer asks for'),
      min_version: z.enum(['TLSv1.2', 'TLSv1.3']).prefault('TLSv1.2').describe('the oldest version spoken'),
      client_ca: path().optional().describe("PEM file of the authorities that peers' certificates are checked against"),
      client_certificate: z
        .enum(['none', 'optional', 'required'])
        .prefault('none')
        .describe('whether peers are asked for a certificate'),
      legacy: z
        .strictObject({
          from: z.array(network()).min(1).describe('networks of devices that know nothing newer'),
          min_version: z.enum(['TLSv1', 'TLSv1.1']).prefault('TLSv1').describe('the oldest version spoken with them'),
        })
        .transform((given): LegacyTlsPlan => ({ from: given.from, minVersion: given.min_version }))
        .optional()
        .describe('old versions and ciphers for named networks only'),
    })
    .transform((given): TlsPlan => ({
      certificates: [
        ...new Set([...(given.certificate === undefined ? [] : [given.certificate]), ...given.certificates]),
      ],
      minVersion: given.min_version,
      clientCa: given.client_ca ?? null,
      clientCertificate: given.client_certificate,
      legacy: given.legacy ?? null,
    }))
    .prefault({})
    .describe('how TLS is spoken'),
  banner: z
    .string()
    .max(4096)
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$/, {
      error: 'expected a text without control characters',
    })
    .optional()
    .describe('text sent to a refused peer'),
  deliver: z.array(name).prefault([]).describe('names of the deliveries that received things go to'),
} as const;

function plainListen(address: AddressPlan): ListenPlan {
  return { ...address, certificate: null, proxyProtocol: [], mode: null, broadcast: false, multicast: [] };
}

/** An address, a network, or a host name such as "*.example.com". */
function peerPattern(): z.ZodType<string, string> {
  return z
    .string()
    .meta({ title: 'network or name', examples: ['127.0.0.0/8', '::1', '*.example.com'] })
    .transform((text, context) => {
      const isName = /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(text) && !text.includes('..');
      if (isName && /[A-Za-z_]/.test(text)) return text;
      try {
        return parseNetwork(text);
      } catch (error) {
        if (!(error instanceof OptionError)) throw error;
        const expected = /[/:]|^[\d.]+$/.test(text)
          ? null
          : 'an address, a network such as "10.0.0.0/8", or a name such as "*.example.com"';
        context.addIssue({
          code: 'custom',
          message: expected === null ? error.message : `expected ${expected}, got ${show(text)}`,
        });
        return z.NEVER;
      }
    });
}

function multicastGroup(): z.ZodType<string, string> {
  return z
    .string()
    .meta({ title: 'address', examples: ['239.1.2.3', 'ff02::1:3'] })
    .transform((text, context) => {
      const family = isIP(text);
      // RFC 5771: 224.0.0.0/4; RFC 4291 2.7: ff00::/8.
      if (family === 4 && Number(text.split('.')[0]) >> 4 === 14) return text;
      if (family === 6 && /^ff[0-9a-f]{2}:/i.test(text)) return text;
      context.addIssue({
        code: 'custom',
        message: `expected a multicast address such as "239.1.2.3", got ${show(text)}`,
      });
      return z.NEVER;
    });
}
