import { BoundSocket, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { Status } from '../contract/control.ts';
import type { ListenPlan } from '../contract/plan.ts';
import { libc } from '../system/libc.ts';
import { bindDatagram } from '../system/sockets.ts';
import { closeSync } from 'node:fs';
import type { Finding, Patient } from './finding.ts';
import { whoHolds, type PortOwner } from './port-owner.ts';

const check = 'ports';

/** Whether each address can be bound, or is by the daemon; and from where it is reached. */
export function checkPorts({ plan, status }: Patient): readonly Finding[] {
  const listens = plan.services
    .filter(({ enabled }) => enabled)
    .flatMap(({ name, listen }) => listen.map((address) => ({ service: name, address })));
  return [
    ...listens.flatMap(({ service, address }) =>
      isServed(status, service) ? [] : judgeBind(service, address, status),
    ),
    ...judgeReach(listens),
  ];
}

interface Listen {
  readonly service: string;
  readonly address: ListenPlan;
}

/** Who serves has bound it. */
function isServed(status: Status | null, service: string): boolean {
  return status?.services.some(({ name, state }) => name === service && state === 'up') ?? false;
}

function isOurs(status: Status | null, pid: number): boolean {
  return status !== null && (status.pid === pid || status.workers.some((worker) => worker.pid === pid));
}

function describeOwner({ name, pid, isPortico }: PortOwner): string {
  return isPortico ? `another Portico (pid ${pid}, ${name})` : `${name} (pid ${pid})`;
}

function judgeBind(service: string, listen: ListenPlan, status: Status | null): readonly Finding[] {
  if (listen.kind === 'unix' || listen.kind === 'socket' || listen.port === 0) return [];
  const code = tryBind(listen);
  if (code === null) return [];
  const message = `the service ${service} cannot have ${listen.text}: `;
  const severity = 'error';
  if (code === 'EADDRINUSE') {
    const owner = whoHolds(listen.kind === 'udp' ? 'udp' : 'tcp', listen.port);
    // Its service may have failed all the same, which is told elsewhere.
    if (owner !== null && isOurs(status, owner.pid)) return [];
    const by = owner === null ? 'another program has it' : `${describeOwner(owner)} has it`;
    const fix =
      owner === null
        ? `ss -lntup 'sport = :${listen.port}' tells which (as root)`
        : 'stop it, or give the service another port';
    return [{ severity, check, message: message + by, fix }];
  }
  if (code === 'EACCES') {
    const fix =
      'start Portico as root (only its master keeps that), give it CAP_NET_BIND_SERVICE (systemd/portico.service does), or let systemd bind it (socket:NAME)';
    return [{ severity, check, message: `${message}ports below 1024 are for root`, fix }];
  }
  if (code === 'EADDRNOTAVAIL') {
    const fix = `one of ${ownAddresses().join(', ')}, or * for all of them`;
    return [{ severity, check, message: `${message}this machine has no such address`, fix }];
  }
  return [{ severity, check, message: message + code, fix: null }];
}

/** The code of the error; null: it can be bound. */
function tryBind({ kind, host, port }: ListenPlan): string | null {
  // A name is looked up when the daemon binds it.
  const address = host === '*' ? '0.0.0.0' : host;
  if (isIP(address) === 0) return null;
  try {
    if (kind !== 'udp') new BoundSocket({ host: address, port, ipv6Only: address.includes(':') }).close();
    else if (libc !== null) closeSync(bindDatagram({ host: address, port, reuseAddress: false }));
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** One note for those that only this machine reaches, and one for the others: that is what an administrator takes for the other way. */
function judgeReach(listens: readonly Listen[]): readonly Finding[] {
  const local = servicesWhere(listens, ({ host }) => host === 'localhost' || host === '::1' || host.startsWith('127.'));
  const open = servicesWhere(listens, ({ host }) => host === '*' || host === '0.0.0.0' || host === '::');
  const where = reachable().join(', ') || 'no address but loopback';
  const findings: Finding[] = [];
  if (local.length > 0) {
    const message = `only this machine reaches ${local.join(', ')}`;
    const fix = `listen on one of its addresses, or on *, where others shall come: ${where}`;
    findings.push({ severity: 'note', check, message, fix });
  }
  if (open.length > 0)
    findings.push({ severity: 'note', check, message: `${open.join(', ')} can be reached at ${where}`, fix: null });
  return findings;
}

function servicesWhere(listens: readonly Listen[], matches: (address: ListenPlan) => boolean): readonly string[] {
  const found = listens.filter(
    ({ address }) => address.kind !== 'unix' && address.kind !== 'socket' && matches(address),
  );
  return [...new Set(found.map(({ service }) => service))];
}

function reachable(): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      // A link-local one is good for neighbours only, and of no use without its interface.
      .filter(({ internal, family, address }) => !internal && !(family === 'IPv6' && address.startsWith('fe80:')))
      .map(({ address }) => `${address} (${name})`),
  );
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ internal }) => !internal).map(({ address }) => address),
  );
}
