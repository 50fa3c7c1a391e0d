/**
 * The beginning of an SCGI request (python.ca/scgi/protocol.txt): a netstring of names and values, each ended by a NUL.
 * The body follows as it is, and the end of the connection ends the answer.
 */
export function encodeScgiHeader(variables: Readonly<Record<string, string>>, length: number): Buffer {
  const parts = ['CONTENT_LENGTH', String(length), 'SCGI', '1'];
  for (const [name, value] of Object.entries(variables)) {
    if (name === 'CONTENT_LENGTH' || name === 'SCGI') continue;
    if (name.includes('\0') || value.includes('\0')) throw new RangeError('a NUL in an SCGI header');
    parts.push(name, value);
  }
  const text = Buffer.from(`${parts.join('\0')}\0`);
  return Buffer.concat([Buffer.from(`${text.length}:`), text, comma]);
}

const comma = Buffer.from(',');
