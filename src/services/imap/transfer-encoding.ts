/** A body without its transfer encoding (RFC 2045 6), in pieces. null: nobody knows that encoding. */
export function decodeTransfer(
  encoding: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, void> | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return asItIs(chunks);
    case 'base64':
      return fromBase64(chunks);
    case 'quoted-printable':
      return fromQuotedPrintable(chunks);
    default:
      return null;
  }
}

async function* asItIs(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield* chunks;
}

async function* fromBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let kept = '';
  for await (const chunk of chunks) {
    const text = kept + chunk.toString('latin1').replaceAll(/[^A-Za-z0-9+/]+/g, '');
    const whole = text.length - (text.length % 4);
    kept = text.slice(whole);
    if (whole > 0) yield Buffer.from(text.slice(0, whole), 'base64');
  }
  const rest = Buffer.from(kept, 'base64');
  if (rest.length > 0) yield rest;
}

async function* fromQuotedPrintable(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let kept = '';
  for await (const chunk of chunks) {
    const text = kept + chunk.toString('latin1');
    // "=", and a part of what belongs to it.
    const [open = ''] = /=[\dA-Fa-f\r]?$/.exec(text) ?? [];
    kept = open;
    yield unquote(text.slice(0, text.length - open.length));
  }
  if (kept !== '') yield unquote(kept);
}

function unquote(text: string): Buffer {
  const decoded = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1');
}
