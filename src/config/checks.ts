import type { Json } from '../contract/bus.ts';
import { show } from '../contract/options.ts';
import type { AddressPlan, ListenPlan } from '../contract/plan.ts';
import type { Transport } from '../contract/service.ts';
import { findGroup, findUser } from '../system/users.ts';
import { findConflicts, type Claim } from './addresses.ts';
import { checkAuthorities } from './certificates.ts';
import { checkDeliveries } from './check-deliveries.ts';
import type { DeliveryDraft } from './deliveries.ts';
import { nearest, suggestion } from './nearest.ts';
import type { Reader } from './reader.ts';
import { serviceShape } from './service-frame.ts';
import type { ServiceDraft } from './services.ts';
import { find, type Path } from './tree.ts';

/** What no part can see for itself: names that must exist elsewhere, and addresses that two want. */
export interface CheckedParts {
  readonly reader: Reader;
  readonly services: readonly ServiceDraft[];
  readonly deliveries: readonly DeliveryDraft[];
  readonly certificates: ReadonlySet<string>;
  readonly admin: AddressPlan | undefined;
  /** Certificates whose names are proved by HTTP. */
  readonly acme: readonly { readonly name: string; readonly listen: AddressPlan }[];
  /** Certificates whose names are proved by TLS. */
  readonly alpn: readonly string[];
  readonly daemon: Identity;
}

interface Identity {
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

export function checkParts(parts: CheckedParts): void {
  checkIdentity(parts.reader, ['daemon'], parts.daemon);
  for (const service of parts.services) checkService(parts, service);
  checkDeliveries(parts);
  checkAddresses(parts);
  for (const name of parts.alpn) checkAlpn(parts, name);
}

function checkService({ reader, certificates }: CheckedParts, service: ServiceDraft): void {
  const { path, frame, module } = service;
  const listen = frame.listen ?? [];
  const isListenGiven = find(reader.root, [...path, 'listen']) !== null;
  if (!isListenGiven && frame.enabled !== false && !isMisspelt(reader, path, 'listen')) {
    reader.wrong([...path, 'listen'], 'expected an address such as "tcp://127.0.0.1:2007", got nothing');
  }
  checkIdentity(reader, path, frame);
  if (frame.group !== undefined && find(reader.root, [...path, 'user']) === null) {
    reader.wrong([...path, 'group'], 'group needs a user beside it: add user');
  }
  checkGroups(reader, service);
  if (frame.isolate === true && service.name === 'main') {
    reader.wrong([...path, 'isolate'], 'expected another name than "main", which is that of the common workers');
  }
  checkCertificates(reader, service, certificates);
  checkRequiredTls(reader, service, certificates);
  for (const [index, entry] of listen.entries()) {
    const place = listenPath(reader, service, index);
    if (module !== null) checkTransport(reader, place.address, entry, module.transports);
    checkListenOptions(reader, place.entry, entry);
    if (frame.sensor === true && entry.kind === 'udp') {
      // Whoever forges a sender's address could have anybody banned.
      reader.wrong(
        [...path, 'sensor'],
        'expected a service on tcp:// or tls:// for this: senders of datagrams can be forged',
      );
    }
  }
}

/** An unknown key that is likely to be this one is already a mistake. */
function isMisspelt(reader: Reader, path: Path, key: string): boolean {
  const given = find(reader.root, path)?.children.keys() ?? [];
  return [...given].some((each) => !Object.hasOwn(serviceShape, each) && nearest(each, [key]) !== null);
}

function checkIdentity(reader: Reader, path: Path, { user, group }: Identity): void {
  const complain = (key: 'user' | 'group', name: string): void => {
    reader.wrong([...path, key], `there is no ${key} called ${quote(reader, [...path, key], name)}`);
  };
  if (user !== undefined && findUser(user) === null) complain('user', user);
  if (group !== undefined && findGroup(group) === null) complain('group', group);
}

function checkGroups(reader: Reader, { path, frame: { user, groups } }: ServiceDraft): void {
  if (groups == null) return;
  if (user === undefined && find(reader.root, [...path, 'user']) === null)
    reader.wrong([...path, 'groups'], 'groups needs a user beside it: add user');
  for (const [index, name] of groups.entries()) {
    const place = [...path, 'groups', index];
    if (findGroup(name) === null) reader.wrong(place, `there is no group called ${quote(reader, place, name)}`);
  }
}

function checkCertificates(reader: Reader, service: ServiceDraft, known: ReadonlySet<string>): void {
  const { path, frame } = service;
  const exists = (place: Path, name: string | null | undefined): void => {
    if (name === null || name === undefined || known.has(name) || !reader.isWhole) return;
    const isSecret = find(reader.root, place)?.isSecret === true;
    const meant = isSecret ? '' : suggestion(name, known);
    reader.wrong(place, `there is no certificate called ${quote(reader, place, name)}${meant}`);
  };
  const tls = [...path, 'tls'];
  const given = find(reader.root, [...tls, 'certificate']);
  if (frame.tls !== undefined && typeof given?.value === 'string') exists([...tls, 'certificate'], given.value);
  for (const [index, node] of [...(find(reader.root, [...tls, 'certificates'])?.children.values() ?? [])].entries()) {
    if (frame.tls !== undefined && typeof node.value === 'string') exists([...tls, 'certificates', index], node.value);
  }
  const { clientCa = null, clientCertificate = 'none' } = frame.tls ?? {};
  if (clientCa !== null) checkAuthorities(reader, [...tls, 'client_ca'], clientCa);
  const isNeverAsked = find(reader.root, [...tls, 'client_certificate']) === null;
  if (clientCa !== null && isNeverAsked) {
    reader.wrong(
      [...tls, 'client_ca'],
      'a peer is never asked for a certificate: add client_certificate: optional or required',
    );
  } else if (clientCa === null && clientCertificate !== 'none') {
    reader.wrong([...tls, 'client_certificate'], 'expected a client_ca to check certificates with, got nothing');
  }
  for (const [index, entry] of (frame.listen ?? []).entries()) {
    const place = listenPath(reader, service, index);
    exists([...place.entry, 'certificate'], entry.certificate);
    if (entry.kind !== 'tls' || entry.certificate !== null) continue;
    if (frame.tls !== undefined && frame.tls.certificates.length === 0 && !known.has('default') && reader.isWhole) {
      reader.wrong(
        place.address,
        'expected a certificate for tls: neither certificates.default nor tls.certificate is given',
      );
    }
  }
}

/** These have an option that says that nothing is done without TLS. */
const mayRequireTls: ReadonlySet<string> = new Set(['smtp', 'pop3', 'imap', 'ftp']);

function checkRequiredTls(
  reader: Reader,
  { path, type, frame, options }: ServiceDraft,
  known: ReadonlySet<string>,
): void {
  if (!mayRequireTls.has(type) || (options as { readonly require_tls?: Json } | null)?.require_tls !== true) return;
  if (!reader.isWhole || frame.tls === undefined || frame.tls.certificates.length > 0 || known.has('default')) return;
  // One on tls:// is told by its address.
  const bare = (frame.listen ?? []).find(({ kind, certificate }) => kind !== 'tls' && certificate === null);
  if (bare === undefined) return;
  reader.wrong(
    [...path, 'require_tls'],
    `expected a certificate for ${bare.text}: neither certificates.default nor tls.certificate is given, so nobody could do anything there`,
  );
}

/** RFC 8737: the authority looks at the certificate's own listener. */
function checkAlpn({ reader, services }: CheckedParts, name: string): void {
  const isServed = services.some(({ frame }) =>
    (frame.listen ?? []).some((entry) => {
      if (frame.enabled === false || entry.kind !== 'tls') return false;
      const own = [...(entry.certificate === null ? [] : [entry.certificate]), ...(frame.tls?.certificates ?? [])];
      return (own.length === 0 ? ['default'] : own).includes(name);
    }),
  );
  if (isServed || !reader.isWhole) return;
  reader.wrong(
    ['certificates', name, 'challenge'],
    'expected a service that serves this certificate on a tls:// address, where the authority looks for it',
  );
}

function checkTransport(reader: Reader, path: Path, { kind }: ListenPlan, transports: readonly Transport[]): void {
  // What systemd hands over may be either; that is seen when it is there.
  if (kind === 'socket') return;
  const wanted: Transport = kind === 'udp' ? 'datagram' : 'stream';
  if (transports.includes(wanted)) return;
  const example = wanted === 'stream' ? 'udp://127.0.0.1:2007' : 'tcp://127.0.0.1:2007';
  const taken = wanted === 'stream' ? 'datagrams' : 'connections';
  reader.wrong(path, `expected an address such as "${example}", because this service type takes ${taken} only`);
}

function checkListenOptions(
  reader: Reader,
  path: Path,
  { kind, mode, broadcast, multicast, certificate, proxyProtocol }: ListenPlan,
): void {
  const refuse = (key: string, isGiven: boolean, fits: boolean, where: string): void => {
    if (isGiven && !fits) reader.wrong([...path, key], `expected an address with ${where} for this`);
  };
  refuse('mode', mode !== null, kind === 'unix', 'unix:');
  refuse('broadcast', broadcast, kind === 'udp', 'udp://');
  refuse('multicast', multicast.length > 0, kind === 'udp', 'udp://');
  refuse('certificate', certificate !== null, kind !== 'udp', 'tls:// or tcp://');
  refuse('proxy_protocol', proxyProtocol.length > 0, kind !== 'udp', 'tcp:// or tls://');
}

function checkAddresses(parts: CheckedParts): void {
  const { reader, services, admin } = parts;
  const claims = services
    .filter((service) => service.frame.enabled !== false)
    .flatMap((service) =>
      (service.frame.listen ?? []).map((address, index) => ({
        address,
        owner: { name: `services.${service.name}`, path: listenPath(reader, service, index).address },
      })),
    );
  const own = admin === undefined ? [] : [{ address: admin, owner: { name: 'admin', path: ['admin', 'listen'] } }];
  for (const { first, second } of findConflicts([...own, ...claims, ...acmeClaims(parts)])) {
    if (isShared(parts, first.owner.name, second.owner.name)) continue;
    const { path, name } = second.owner;
    const where = first.owner.name === name ? `${name} already listens there` : `${first.owner.name} listens there`;
    const isSame = first.address.text === second.address.text;
    const how = isSame ? '' : ` (${quote(reader, first.owner.path, first.address.text)})`;
    const shown = quote(reader, path, second.address.text);
    reader.wrong(path, `expected an address of its own, got ${shown}: ${where}${how}`);
  }
}

/** Where authorities are answered. Several certificates may use one address. */
function acmeClaims({ reader, acme }: CheckedParts): Claim<{ name: string; path: Path }>[] {
  const own = new Map(acme.map(({ name, listen }) => [listen.text, { name, listen }]));
  return [...own.values()].map(({ name, listen }) => {
    const path = ['certificates', name, 'listen'];
    const place = find(reader.root, path) === null ? ['certificates', name, 'acme'] : path;
    return { address: listen, owner: { name: `certificates.${name}`, path: place } };
  });
}

/** A service that speaks HTTP answers authorities itself. */
function isShared({ services }: CheckedParts, first: string, second: string): boolean {
  const service = services.find(({ name }) => `services.${name}` === first);
  return second.startsWith('certificates.') && ['http', 'cgi', 'xmlrpc'].includes(service?.type ?? '');
}

/** `listen` may be a text, a map, or a list of them. */
function listenPath(
  reader: Reader,
  { path }: ServiceDraft,
  index: number,
): { readonly entry: Path; readonly address: Path } {
  const listen = [...path, 'listen'];
  const entry = find(reader.root, listen)?.kind === 'list' ? [...listen, index] : listen;
  const isMap = find(reader.root, entry)?.kind === 'map';
  return { entry, address: isMap ? [...entry, 'address'] : entry };
}

function quote(reader: Reader, path: Path, value: string): string {
  return find(reader.root, path)?.isSecret === true ? '"…"' : show(value);
}
