import type { DeliveryDesk, Envelope, Receipt } from '../../../contract/delivery.ts';
import { PeerError, reasonOf } from '../../../contract/errors.ts';
import { HttpError, type Exchange, type Route, type RouteHost } from '../route.ts';
import { answerReceipts } from './answer.ts';
import { createDirectoryDesk } from './directory-desk.ts';
import { createDoubleDesk } from './double-desk.ts';
import { answerFor, envelopeOf, eventOf, incomingOf, type Incoming } from './incoming.ts';
import { deliveriesOf, type UploadRouteOptions } from './options.ts';
import { receiveBody } from './receive-body.ts';
import { receiveForm, type Taken } from './receive-form.ts';

export { uploadRouteOptions, type UploadRouteOptions } from './options.ts';

/**
 * Things that peers PUT or POST, taken in by a desk: on disk and synced before anybody is told 201. `desk` is for tests.
 */
export async function createUploadRoute(
  options: UploadRouteOptions,
  { context, prefix }: Pick<RouteHost, 'context' | 'prefix'>,
  desk?: DeliveryDesk,
): Promise<Route> {
  const chosen = desk ?? (await chooseDesk(options, context, prefix));
  return { handle: (exchange) => serve(exchange, options, chosen) };
}

async function chooseDesk(
  options: UploadRouteOptions,
  { log, disk, user, desk, deliver: ofService }: RouteHost['context'],
  prefix: string,
): Promise<DeliveryDesk> {
  const { directory, name } = options;
  const deliver = deliveriesOf(options, ofService);
  if (deliver === null) throw new Error(`expected a directory or deliver for ${prefix}, got neither`);
  const spool: DeliveryDesk = { begin: (envelope) => desk.begin({ ...envelope, deliver }) };
  if (directory === undefined) return spool;
  const folder = await createDirectoryDesk({ directory, name, log, disk }).catch((error: unknown) => {
    throw new Error(`${user} cannot write in ${directory}: ${reasonOf(error)}`, { cause: error });
  });
  return deliver.length === 0 ? folder : createDoubleDesk({ folder, spool });
}

async function serve(exchange: Exchange, options: UploadRouteOptions, desk: DeliveryDesk): Promise<void> {
  const { request, response, session, account } = exchange;
  if (request.method === 'OPTIONS') return void response.writeHead(204, { Allow: allowed }).end();
  if (request.method !== 'PUT' && request.method !== 'POST')
    throw new HttpError(405, 'Things are taken here by PUT and POST.', { Allow: allowed });
  if (account?.permissions.includes('write') === false) throw new HttpError(403, 'This account may not write.');
  const taken = await take(exchange, options, desk).catch((error: unknown) => {
    throw explain(error, exchange);
  });
  for (const { incoming, receipt } of taken) session.received(eventOf(receipt, incoming, exchange));
  answerReceipts(
    exchange,
    taken.map(({ receipt }) => receipt),
  );
}

const allowed = 'PUT, POST, OPTIONS';

async function take(exchange: Exchange, options: UploadRouteOptions, desk: DeliveryDesk): Promise<Taken[]> {
  const incoming = incomingOf(exchange);
  const envelope = (thing: Incoming): Envelope => envelopeOf(exchange, thing, options.overwrite);
  const { max_size: maxBytes, max_files: maxFiles } = options;
  if (exchange.request.method === 'POST' && incoming.mediaType === 'multipart/form-data') {
    if (exchange.rest !== '')
      throw new HttpError(400, `Expected a form at ${exchange.route}, as its files have names.`);
    const taken = await receiveForm(exchange, { desk, limits: { maxBytes, maxFiles }, envelopeOf: envelope });
    if (taken.length === 0) throw new HttpError(400, 'Expected a file in the form.');
    return taken;
  }
  const receipt: Receipt = await receiveBody(exchange, desk, envelope(incoming), maxBytes);
  return [{ incoming, receipt }];
}

/** An upload that broke off is the peer's affair, and told in one line. */
function explain(error: unknown, exchange: Exchange): unknown {
  if (error instanceof HttpError) return error;
  // A request that was read to its end is destroyed as well.
  const isCutOff = !exchange.request.complete && (exchange.request.destroyed || exchange.signal.aborted);
  if (isCutOff) return new PeerError('an upload broke off; nothing of it is kept');
  return answerFor(error, exchange);
}
