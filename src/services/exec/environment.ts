import type { Endpoint } from '../../contract/endpoint.ts';
import type { Session } from '../../contract/session.ts';

type Environment = Record<string, string>;

/** What a program on one connection finds: UCSPI's variables (cr.yp.to/proto/ucspi.txt), xinetd's, and ours. Nothing else is inherited. */
export function sessionEnvironment(session: Session): Environment {
  const { peer, local } = session;
  if (peer.family === 'unix') {
    return { ...commonEnvironment(session.service), ...localEnvironment('UNIX', local), PORTICO_SESSION: session.id };
  }
  return {
    ...commonEnvironment(session.service),
    ...localEnvironment('TCP', local),
    TCPREMOTEIP: peer.address,
    TCPREMOTEPORT: String(peer.port),
    REMOTE_HOST: peer.address,
    REMOTE_PORT: String(peer.port),
    PORTICO_SESSION: session.id,
  };
}

/** What a program that gets the whole socket finds: there is no peer yet. */
export function socketEnvironment(service: string, transport: 'stream' | 'datagram', local: Endpoint): Environment {
  const protocol = local.family === 'unix' ? 'UNIX' : transport === 'stream' ? 'TCP' : 'UDP';
  return { ...commonEnvironment(service), ...localEnvironment(protocol, local) };
}

function commonEnvironment(service: string): Environment {
  return { PATH: process.env['PATH'] ?? defaultPath, PORTICO_SERVICE: service };
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function localEnvironment(protocol: 'TCP' | 'UDP' | 'UNIX', local: Endpoint): Environment {
  if (protocol === 'UNIX') return { PROTO: 'UNIX', UNIXLOCALPATH: local.address };
  return {
    PROTO: protocol,
    [`${protocol}LOCALIP`]: local.address,
    [`${protocol}LOCALPORT`]: String(local.port),
  };
}
