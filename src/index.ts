/** What a service module of one's own imports: `import { defineService } from 'portico'`. */
export { PeerError, TemporaryError } from './contract/errors.ts';
export { formatEndpoint } from './contract/endpoint.ts';
export { defineService } from './contract/service.ts';
export type { Bus, Json } from './contract/bus.ts';
export type { Endpoint } from './contract/endpoint.ts';
export type { Logger, LogFields, Severity } from './contract/logger.ts';
export type { Child, Command, Exit } from './contract/program.ts';
export type {
  Service,
  ServiceContext,
  ServiceModule,
  ServiceSocket,
  Transport,
  TrialAddress,
} from './contract/service.ts';
export type { Datagram, EndReason, RefusalReason, Session, TlsInfo } from './contract/session.ts';
