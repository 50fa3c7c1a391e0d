// The packets of RFC 1350 5 and the option acknowledgement of RFC 2347, from bytes and to bytes. What comes is untrusted.

export const opcodes = { read: 1, write: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** RFC 1350 5, and 8 of RFC 2347. */
export const errorCodes = {
  other: 0,
  missing: 1,
  denied: 2,
  full: 3,
  illegal: 4,
  unknownTransfer: 5,
  exists: 6,
  noUser: 7,
  options: 8,
} as const;

export interface TftpRequest {
  readonly kind: 'read' | 'write';
  /** As it was sent, with slashes for the backslashes of systems that have those. */
  readonly name: string;
  readonly mode: 'octet' | 'netascii';
  /** By their names in lower case, in the order they came in. */
  readonly options: ReadonlyMap<string, string>;
}

// RFC 2347: "the maximum size of a request packet is 512 octets".
export const maxRequestBytes = 512;

/** A request, or a sentence that says what is wrong with it. */
export function parseRequest(bytes: Buffer): TftpRequest | string {
  const code = opcodeOf(bytes);
  if (code !== opcodes.read && code !== opcodes.write) return 'not a request';
  if (bytes.length > maxRequestBytes) return `a request has at most ${maxRequestBytes} bytes`;
  const texts = parseTexts(bytes.subarray(2));
  if (texts === null) return 'not a text';
  const [name = '', mode = '', ...pairs] = texts;
  if (name === '') return 'no name';
  const lowerMode = mode.toLowerCase();
  if (lowerMode !== 'octet' && lowerMode !== 'netascii') return 'the mode is octet or netascii';
  const options = new Map<string, string>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const option = (pairs[at] as string).toLowerCase();
    // RFC 2347: an option is listed once; what comes after is not looked at.
    if (!options.has(option)) options.set(option, pairs[at + 1] as string);
  }
  const path = name.replaceAll('\\', '/');
  return { kind: code === opcodes.read ? 'read' : 'write', name: path, mode: lowerMode, options };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Texts that each end with a zero byte. What stands behind the last is padding, as some boot ROMs send it. */
function parseTexts(bytes: Buffer): string[] | null {
  const end = bytes.lastIndexOf(0);
  if (end === -1) return null;
  try {
    return utf8.decode(bytes.subarray(0, end)).split('\0');
  } catch {
    return null;
  }
}

/** 0 where there is none. */
export function opcodeOf(bytes: Buffer): number {
  return bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
}

/** The block number of an ACK or of DATA; null: it is another packet. */
export function blockOf(bytes: Buffer, opcode: typeof opcodes.ack | typeof opcodes.data): number | null {
  return bytes.length < 4 || bytes.readUInt16BE(0) !== opcode ? null : bytes.readUInt16BE(2);
}

export interface TftpError {
  readonly code: number;
  readonly message: string;
}

/** What an ERROR says; null: it is another packet. */
export function parseError(bytes: Buffer): TftpError | null {
  if (opcodeOf(bytes) !== opcodes.error) return null;
  const end = bytes.indexOf(0, 4);
  return {
    code: bytes.length < 4 ? errorCodes.other : bytes.readUInt16BE(2),
    message: bytes.toString('utf8', 4, Math.min(end === -1 ? bytes.length : end, maxRequestBytes)),
  };
}

export function errorPacket(code: number, message: string): Buffer {
  return Buffer.concat([fourBytes(opcodes.error, code), Buffer.from(`${message}\0`)]);
}

/** Block numbers go round after 65535: 0 comes next. */
export function ackPacket(block: number): Buffer {
  return fourBytes(opcodes.ack, block & 0xffff);
}

/** What stands before the bytes of a block. */
export function dataHead(block: number): Buffer {
  return fourBytes(opcodes.data, block & 0xffff);
}

export function oackPacket(options: ReadonlyMap<string, string>): Buffer {
  const texts = [...options].map(([name, value]) => `${name}\0${value}\0`);
  return Buffer.concat([Buffer.of(0, opcodes.oack), Buffer.from(texts.join(''))]);
}

function fourBytes(first: number, second: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt16BE(first, 0);
  bytes.writeUInt16BE(second, 2);
  return bytes;
}
