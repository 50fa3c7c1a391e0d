import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

import type { Json } from '../contract/bus.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Finding, Patient } from './finding.ts';

const check = 'resolver';
const slowMs = 2_000;

export type Lookup = (name: string) => Promise<unknown>;

/** Whether names that the configuration depends on are found, and soon. */
export async function checkResolver(
  { plan }: Patient,
  find: Lookup = (name) => lookup(name, { all: true }),
): Promise<readonly Finding[]> {
  const names = new Map<string, string>([[hostname(), 'the name of this machine']]);
  for (const { name, listen } of plan.services)
    for (const { kind, host } of listen)
      if ((kind === 'tcp' || kind === 'tls' || kind === 'udp') && host !== '*' && isIP(host) === 0)
        names.set(host, `where the service ${name} listens`);
  for (const output of plan.logging.outputs)
    if (output.kind === 'syslog' && output.address.host !== '' && isIP(output.address.host) === 0)
      names.set(output.address.host, 'where log lines go');
  for (const { name, options, enabled } of plan.services)
    if (enabled) for (const host of publicNames(options)) names.set(host, `public_address of the service ${name}`);
  for (const [name, { options }] of Object.entries(plan.deliveries)) {
    const host = targetOf(options);
    if (host !== null && isIP(host) === 0) names.set(host, `where the delivery ${name} brings things`);
  }
  const findings = await Promise.all([...names].map(([name, what]) => judge(name, what, find)));
  return findings.flat();
}

/** `public_address: NAME`, or a map from networks to these. */
function publicNames(options: Json): readonly string[] {
  const given = membersOf(options)['public_address'];
  const texts = typeof given === 'string' ? [given] : Object.values(membersOf(given));
  return texts.filter((text): text is string => typeof text === 'string' && text !== 'auto' && isIP(text) === 0);
}

/** By `host`, or by `url`; null: by neither. */
function targetOf(options: Json): string | null {
  const { host, url } = membersOf(options);
  if (typeof host === 'string') return host;
  return typeof url === 'string' ? (URL.parse(url)?.hostname.replaceAll(/[[\]]/g, '') ?? null) : null;
}

function membersOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
}

async function judge(name: string, what: string, find: Lookup): Promise<readonly Finding[]> {
  const startedTick = performance.now();
  try {
    await find(name);
    const tookMs = performance.now() - startedTick;
    if (tookMs < slowMs) return [];
    return [
      {
        severity: 'warning',
        check,
        message: `looking up ${name} (${what}) took ${(tookMs / 1000).toFixed(1)} s`,
        fix: 'look at the nameservers in /etc/resolv.conf: the first may not answer',
      },
    ];
  } catch (error) {
    return [
      {
        severity: what === 'the name of this machine' ? 'note' : 'error',
        check,
        message: `${name} (${what}) is not found: ${reasonOf(error)}`,
        fix: `a line for ${name} in /etc/hosts, or in the DNS`,
      },
    ];
  }
}
