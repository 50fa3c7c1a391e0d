import { isUtf8 } from 'node:buffer';

import { faultCodes, XmlRpcFault } from '../../contract/rpc.ts';

/** Bytes of an XML document to its text, in pieces. Throws a fault for what is not text in the encoding it claims. */
export interface XmlDecoder {
  write(bytes: Buffer): string;
  end(): string;
}

// Where a declaration has not ended by then, there is none.
const maxDeclarationBytes = 512;
const maxNameLength = 40;

/** `charset`: what the Content-Type says, or null. RFC 7303 3: a byte order mark comes first, then the charset, then the declaration. */
export function createXmlDecoder(charset: string | null): XmlDecoder {
  let start: Buffer | null = Buffer.alloc(0);
  let decode: (bytes: Buffer, isLast: boolean) => string = decodeNothing;

  const begin = (bytes: Buffer, isLast: boolean): string => {
    const all: Buffer = start?.length === 0 ? bytes : Buffer.concat([start as Buffer, bytes]);
    if (!isLast && !isEnough(all)) {
      start = all;
      return '';
    }
    start = null;
    decode = decoderOf(encodingOf(all, charset));
    return decode(all, isLast);
  };
  return {
    write: (bytes) => (start === null ? decode(bytes, false) : begin(bytes, false)),
    end: () => (start === null ? decode(empty, true) : begin(empty, true)),
  };
}

/** The text of a whole document. */
export function decodeXml(bytes: Buffer, charset: string | null): string {
  if (isUtf8Name(charset ?? 'utf-8') && isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    if (charset !== null || isUtf8Name(declaredEncoding(text))) return text;
  }
  const decoder = createXmlDecoder(charset);
  return decoder.write(bytes) + decoder.end();
}

function isUtf8Name(encoding: string): boolean {
  return encoding === 'utf-8' || /^utf-?8$/i.test(encoding);
}

const empty = Buffer.alloc(0);

function decodeNothing(): string {
  return '';
}

/** Whether what is there tells the encoding. */
function isEnough(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  if (bytes[0] !== 0x3c || bytes[1] !== 0x3f) return true;
  return bytes.length >= maxDeclarationBytes || bytes.includes('?>');
}

function encodingOf(bytes: Buffer, charset: string | null): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (charset !== null) return charset.slice(0, maxNameLength).toLowerCase();
  return declaredEncoding(bytes.toString('latin1', 0, maxDeclarationBytes));
}

function declaredEncoding(text: string): string {
  return declaration.exec(text)?.[1]?.toLowerCase() ?? 'utf-8';
}

const declaration = /^<\?xml[^>]{0,200}?[ \t\r\n]encoding[ \t\r\n]?=[ \t\r\n]?["']([A-Za-z][\w.-]{0,39})["']/;

type Decode = (bytes: Buffer, isLast: boolean) => string;

function decoderOf(encoding: string): Decode {
  switch (encoding) {
    case 'utf-8':
    case 'utf8':
      return decodeUtf8();
    // TextDecoder takes the next two for windows-1252, as the web does.
    case 'iso-8859-1':
    case 'latin1':
      return (bytes) => bytes.toString('latin1');
    case 'us-ascii':
    case 'ascii':
      return decodeAscii;
    default:
      return decodeStrictly(encoding);
  }
}

/** Most documents come in one piece, and the streaming decoder costs as much as parsing a short one. */
function decodeUtf8(): Decode {
  let streaming: Decode | null = null;
  return (bytes, isLast) => {
    if (streaming === null && (bytes.length === 0 || isUtf8(bytes))) return bytes.toString('utf8');
    streaming ??= decodeStrictly('utf-8');
    return streaming(bytes, isLast);
  };
}

function decodeStrictly(encoding: string): Decode {
  const decoder = openDecoder(encoding);
  return (bytes, isLast) => {
    try {
      return decoder.decode(bytes, { stream: !isLast });
    } catch (error) {
      throw new XmlRpcFault(faultCodes.notWellFormed, `not well-formed: not ${encoding}`, { cause: error });
    }
  };
}

function openDecoder(encoding: string): TextDecoder {
  try {
    // The mark is left to the parser, which knows whether it stands at the beginning.
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  } catch (error) {
    throw new XmlRpcFault(faultCodes.unsupportedEncoding, `unsupported encoding "${encoding}"`, { cause: error });
  }
}

function decodeAscii(bytes: Buffer): string {
  if (bytes.some((byte) => byte > 127))
    throw new XmlRpcFault(faultCodes.notWellFormed, 'not well-formed: not us-ascii');
  return bytes.toString('latin1');
}
