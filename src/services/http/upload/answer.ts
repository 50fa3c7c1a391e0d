import type { Receipt } from '../../../contract/delivery.ts';
import type { Exchange } from '../route.ts';

/**
 * Tells the peer what has come to stay: as JSON, or in a sentence for who asks for text. There is no Location: a route that takes
 * things in gives none out.
 */
export function answerReceipts({ request, response }: Exchange, receipts: readonly Receipt[]): void {
  const isReplacement = receipts.every((receipt) => receipt.isReplacement);
  const { type, body } = wantsJson(request.headers.accept) ? asJson(receipts) : asText(receipts);
  // RFC 9110 9.3.4: 201 says that the thing is new, and 200 that it has replaced another.
  response.statusCode = isReplacement ? 200 : 201;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function asJson(receipts: readonly Receipt[]): { type: string; body: string } {
  const shown = receipts.map(({ id, name, size, sha256 }) => ({ id, name, size, sha256 }));
  return { type: 'application/json', body: `${JSON.stringify(shown.length === 1 ? shown[0] : shown)}\n` };
}

function asText(receipts: readonly Receipt[]): { type: string; body: string } {
  const lines = receipts.map(({ name, size, sha256 }) => `${name}: ${size} bytes, SHA-256 ${sha256}\n`);
  return { type: 'text/plain; charset=utf-8', body: lines.join('') };
}

/** Everybody but who asks for a text or a page, and not for JSON. */
function wantsJson(accept: string | undefined): boolean {
  return accept === undefined || /application\/(?:json|\*)/i.test(accept) || !/\btext\//i.test(accept);
}
