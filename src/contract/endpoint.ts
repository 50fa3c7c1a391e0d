/** One end of a connection or datagram. `port` is 0 and `address` a path (or "") for unix sockets. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6' | 'unix';
}

/** "127.0.0.1:80", "[::1]:80", or the path of a unix socket ("unix" when it has none): the shape in logs and status. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.family === 'unix') return endpoint.address === '' ? 'unix' : endpoint.address;
  return endpoint.family === 'IPv6' ? `[${endpoint.address}]:${endpoint.port}` : `${endpoint.address}:${endpoint.port}`;
}
