import { NoSpaceError, TakenError, UnfitNameError, type Envelope, type Receipt } from '../../../contract/delivery.ts';
import { fileNameOf } from '../../../wire/content-disposition.ts';
import { flawOfFileName, lastOfPath } from '../../../wire/file-name.ts';
import { HttpError, type Exchange } from '../route.ts';

/** What is known of one thing from its request, or from its part of a form. */
export interface Incoming {
  readonly name: string | null;
  readonly mediaType: string | null;
  readonly size: number | null;
}

/** Throws an HttpError for a request that can be refused without reading its body. */
export function incomingOf({ request, route, rest }: Exchange): Incoming {
  const { headers, method } = request;
  // RFC 9110 14.5: who takes no parts has to refuse them, or a part would be taken for the whole.
  if (headers['content-range'] !== undefined) throw new HttpError(400, 'Parts of a thing are not taken here.');
  // RFC 9110 13.1.1: nothing here has an entity tag that could match.
  if (headers['if-match'] !== undefined) throw new HttpError(412, 'There is nothing here with an entity tag.');
  if (rest === '' && method === 'PUT') throw new HttpError(400, `Expected a name behind ${route}`);
  const length = headers['content-length'];
  return {
    name: rest === '' ? nameInHeaders(headers['content-disposition']) : checkedName(rest),
    mediaType: mediaTypeOf(headers['content-type']),
    size: length === undefined ? null : Number(length),
  };
}

function nameInHeaders(disposition: string | undefined): string | null {
  const name = disposition === undefined ? null : fileNameOf(disposition);
  // RFC 6266 4.3: folders in it are not for us.
  return name === null ? null : checkedName(lastOfPath(name));
}

/** The name that a peer gave; throws an HttpError for what can be none. */
export function checkedName(name: string): string {
  const flaw = flawOfFileName(name);
  if (flaw !== null) throw new HttpError(400, `Expected ${flaw}.`);
  return name;
}

/** "text/plain" of "text/plain; charset=utf-8"; null for what is none. */
export function mediaTypeOf(header: string | undefined): string | null {
  const [, type] = /^\s*([\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127})\s*(?:;|$)/.exec(header ?? '') ?? [];
  return type?.toLowerCase() ?? null;
}

export function envelopeOf({ session, request, account }: Exchange, incoming: Incoming, overwrite: boolean): Envelope {
  const { name, mediaType, size } = incoming;
  const { service, id, peer } = session;
  const replaces = overwrite && !mustBeNew(request.headers['if-none-match']);
  return { service, session: id, peer, account, name, mediaType, size, replaces };
}

/** RFC 9110 13.1.2: "If-None-Match: *" asks for a thing to be made, not replaced. */
function mustBeNew(header: string | undefined): boolean {
  return header?.trim() === '*';
}

/** An error of the desk as an answer; what is no fault of the peer or the disk stays as it is. */
export function answerFor(error: unknown, { request }: Exchange): unknown {
  if (error instanceof UnfitNameError) return new HttpError(400, `The name does not fit: ${error.message}.`);
  if (error instanceof TakenError) {
    return mustBeNew(request.headers['if-none-match'])
      ? new HttpError(412, 'There is something of that name.')
      : new HttpError(409, 'There is something of that name, and it is not replaced.');
  }
  const { code } = (error ?? {}) as { code?: unknown };
  // RFC 4918 11.5.
  if (error instanceof NoSpaceError || code === 'ENOSPC' || code === 'EDQUOT')
    return new HttpError(507, 'There is no room for it.');
  return error;
}

/** What stands in the log of a thing that has come to stay. */
export function eventOf(receipt: Receipt, { mediaType }: Incoming, { account }: Exchange) {
  const { id, name, size, sha256 } = receipt;
  return { id, name, size, sha256, type: mediaType ?? undefined, account: account?.name };
}
