// An order from its beginning to the certificate (RFC 8555 7.4).
import { AcmeError } from './acme-error.ts';
import { authorize, type AuthorizeOptions } from './challenges.ts';
import { base64url } from './jose.ts';
import { poll } from './poll.ts';
import { problemError } from './problem.ts';
import type { Order } from './shapes.ts';
import type { Reply } from './transport.ts';

/** A certificate request (RFC 2986) and the key that it is for. */
export interface CertificateRequest {
  readonly der: Buffer;
  /** PEM */
  readonly key: string;
}

export interface OrderOptions extends AuthorizeOptions {
  makeRequest(names: readonly string[]): Promise<CertificateRequest>;
}

export interface Issued {
  /** As it came: nobody has looked at it yet. */
  readonly chain: string;
  /** PEM */
  readonly key: string;
}

export async function placeOrder(options: OrderOptions, signal: AbortSignal): Promise<Issued> {
  const { transport, account, identifiers } = options;
  const { signer } = account;
  const { newOrder } = await transport.directory(signal);
  const placed = await transport.post({ url: newOrder, signer, payload: { identifiers }, what: 'the order' }, signal);
  const url = transport.urls.check(placed.location, 'the order');

  const { finalize } = await makeReady({ url, order: transport.shapes.order(placed.json()) }, options, signal);
  const { der, key } = await options.makeRequest(identifiers.map(({ value }) => value));
  const payload = { csr: base64url(der) };
  const asked = await transport.post({ url: finalize, signer, payload, what: 'the certificate request' }, signal);
  const way: Way = { url, first: asked, through: ['ready', 'processing'], to: 'valid' };
  const { certificate } = await follow(way, options, signal);
  if (certificate === null) throw new AcmeError(`${transport.urls.host} sent no usable URL for the certificate`);

  const accept = 'application/pem-certificate-chain';
  const chain = await transport.read({ url: certificate, signer, accept, what: 'the certificate' }, signal);
  return { chain: chain.body.toString(), key };
}

interface PlacedOrder {
  readonly url: string;
  readonly order: Order;
}

async function makeReady({ url, order }: PlacedOrder, options: OrderOptions, signal: AbortSignal): Promise<Order> {
  // Names that were proved a while ago need no new proof.
  if (order.status === 'ready') return order;
  if (order.status !== 'pending') throw refused(order, options);
  await authorize(order.authorizations, options, signal);
  return follow({ url, first: null, through: ['pending'], to: 'ready' }, options, signal);
}

interface Way {
  readonly url: string;
  /** An answer that has the order in it already. */
  readonly first: Reply | null;
  readonly through: readonly Order['status'][];
  readonly to: Order['status'];
}

/** Looks at the order until it has left the states that it may pass through. */
async function follow(way: Way, options: OrderOptions, signal: AbortSignal): Promise<Order> {
  const { transport, account, clock, timeoutMs } = options;
  const { signer } = account;
  let { first } = way;
  const look = async (): Promise<{ value: Order | null; retryAfterMs: number | null }> => {
    const reply = first ?? (await transport.read({ url: way.url, signer, what: 'the order' }, signal));
    first = null;
    const order = transport.shapes.order(reply.json());
    return { value: way.through.includes(order.status) ? null : order, retryAfterMs: reply.retryAfterMs };
  };
  const tooSlow = (): AcmeError =>
    new AcmeError(`${transport.urls.host} did not finish the order within ${timeoutMs / 1000} s`);
  const order = await poll(look, { clock, timeoutMs, signal, tooSlow });
  if (order.status !== way.to) throw refused(order, options);
  return order;
}

function refused({ status, error }: Order, { transport }: OrderOptions): AcmeError {
  return problemError(error, { said: `${transport.urls.host} gave the order up (it is ${status})` });
}
