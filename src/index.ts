/** What a service module of one's own imports: `import { defineService } from 'portico'`. */
export { NoSpaceError } from './contract/delivery.ts';
export { PeerError, TemporaryError } from './contract/errors.ts';
export { formatEndpoint } from './contract/endpoint.ts';
/** Options as they are written in the configuration: zod schemas that give milliseconds, bytes, absolute paths. */
export { address, duration, durationOrNone, fileMode, network, path, rate, size } from './contract/options.ts';
export { faultCodes, XmlRpcFault } from './contract/rpc.ts';
export { defineService } from './contract/service.ts';
export type { Bus, Json } from './contract/bus.ts';
export type { DeliveryDesk, Draft, Envelope, LateFacts, Receipt } from './contract/delivery.ts';
export type { Endpoint } from './contract/endpoint.ts';
export type { MailFacts } from './contract/item.ts';
export type { HttpApp, HttpAppContext, HttpRequestContext } from './contract/http-app.ts';
export type { Logger, LogFields, Severity } from './contract/logger.ts';
export type { AddressPlan, Rate } from './contract/plan.ts';
export type { Child, Command, Exit } from './contract/program.ts';
export type { RpcContext, RpcFunction, RpcMethod, RpcSignature, RpcType, RpcValue } from './contract/rpc.ts';
export type {
  Service,
  ServiceContext,
  ServiceModule,
  ServiceSocket,
  Transport,
  TrialAddress,
} from './contract/service.ts';
export type { Datagram, EndReason, RefusalReason, Session, TlsInfo } from './contract/session.ts';

/** To call methods that others serve. */
export {
  createXmlRpcClient,
  type XmlRpcClient,
  type XmlRpcClientOptions,
  type XmlRpcMethods,
} from './client/xmlrpc-client.ts';

/** A daemon within a program, or a test. */
export { createDaemon, type Configuration, type EmbeddedDaemon, type EmbeddedOptions } from './embedded/index.ts';
