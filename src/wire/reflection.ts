/** Ports of services that answer anything: echo, daytime, qotd, chargen, time. Nothing honest sends from port 0 either. */
const reflectingPorts: ReadonlySet<number> = new Set([0, 7, 13, 17, 19, 37]);

/**
 * Whether an answer to this port would be answered again: two such services, set on each other by one datagram with a
 * forged source, would go on for ever (CERT CA-1996-01).
 */
export function isReflector(port: number): boolean {
  return reflectingPorts.has(port);
}
