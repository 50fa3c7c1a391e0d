import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { Json } from '../contract/bus.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';

const check = 'passive addresses';
const firstFreePort = 1024;

// RFC 1918, RFC 6598 (carriers), RFC 3927.
const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  privateNetworks.addSubnet(network, prefix, 'ipv4');

/** FTP tells peers where to connect to: what it tells has to be true where they are. */
export function checkPassiveAddresses({ plan }: Patient): readonly Finding[] {
  return plan.services.filter(({ type, enabled }) => enabled && type === 'ftp').flatMap(judge);
}

function judge(service: ServicePlan): readonly Finding[] {
  const options = service.options as Readonly<Record<string, Json>> | null;
  const findings: Finding[] = [];
  const isPublic = service.listen.some(({ host }) => host === '*' || host === '0.0.0.0' || isPrivate(host));
  const given = options?.['public_address'] ?? 'auto';
  if (given === 'auto' && isPublic && ownAddresses().every(isPrivate)) {
    findings.push({
      severity: 'note',
      check,
      message: `the service ${service.name} tells peers its own address, and all of this machine are private: behind NAT or in a container, peers from elsewhere cannot open data connections`,
      fix: `services.${service.name}.public_address: the address that they reach`,
    });
  }
  const ports = options?.['passive_ports'] ?? 0;
  if (ports === 0 && isPublic) {
    findings.push({
      severity: 'note',
      check,
      message: `the service ${service.name} awaits data connections on any free port, which no firewall or container can let through`,
      fix: `services.${service.name}.passive_ports: 50000-50100, and these ports opened or published`,
    });
  }
  return [...findings, ...judgeRange(service, typeof ports === 'object' ? '' : String(ports))];
}

/** Workers bind them, and are not root. */
function judgeRange({ name }: ServicePlan, ports: string): readonly Finding[] {
  const [first = 0] = ports.split('-').map(Number);
  if (first === 0 || first >= firstFreePort) return [];
  const message = `the service ${name} awaits data connections on ports below 1024 (${ports}), which only root may have: its workers are not root`;
  return [{ severity: 'error', check, message, fix: `services.${name}.passive_ports: 50000-50100` }];
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries = []) =>
    entries.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  );
}

function isPrivate(address: string): boolean {
  return /^\d+(?:\.\d+){3}$/.test(address) && privateNetworks.check(address, 'ipv4');
}
