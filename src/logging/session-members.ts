import { formatEndpoint, type Endpoint } from '../contract/endpoint.ts';

/** What of a session stands in its lines. */
interface LoggedSession {
  readonly id: string;
  readonly peer: Endpoint;
  readonly local: Endpoint;
}

/**
 * The members that the lines of a service's sessions have in common, as JSON. null where an end is more than a plain IP
 * address and port: the path of a unix socket, or a scope, may hold anything and has to be looked at.
 */
export function createSessionMembers(service: string): (session: LoggedSession) => string | null {
  const head = `"service":${JSON.stringify(service)},"session":"`;
  // Nearly all sessions of a listener have the same local end.
  let lastLocal: Endpoint | undefined;
  let tail: string | null = null;
  return ({ id, peer, local }) => {
    if (local !== lastLocal) {
      lastLocal = local;
      tail = isPlain(local) ? `","local":"${formatEndpoint(local)}"` : null;
    }
    return tail === null || !isPlain(peer) ? null : `${head}${id}","peer":"${formatEndpoint(peer)}${tail}`;
  };
}

function isPlain({ family, address }: Endpoint): boolean {
  return family === 'IPv4' || (family === 'IPv6' && !address.includes('%'));
}
