import { SaxesParser } from 'saxes';

import { faultCodes, XmlRpcFault } from '../../contract/rpc.ts';
import { Builder, type RpcDocument } from './builder.ts';
import type { RpcLimits } from './limits.ts';
import { readPlainDocument } from './plain-document.ts';
import { createXmlDecoder, decodeXml } from './xml-decoder.ts';

/**
 * Reads one document from a peer, in pieces as they come. Declarations of a document type are refused, so there are no
 * entities but the five of XML.
 */
export interface DocumentReader {
  /** Throws a fault where it is of no use to read on. */
  write(bytes: Buffer): void;
  /** Throws a fault: the document is not well-formed, or else not XML-RPC. */
  end(): RpcDocument;
}

export interface ReaderOptions {
  readonly root: 'methodCall' | 'methodResponse';
  /** What the Content-Type says, or null. */
  readonly charset: string | null;
  readonly limits: RpcLimits;
}

export function createReader(options: ReaderOptions): DocumentReader {
  /** The beginning, as long as it may be all there is: short documents come in one piece. */
  let first: Buffer | null = null;
  let parser: DocumentReader | null = null;

  const parse = (): DocumentReader => {
    parser ??= createParser(options);
    if (first !== null) {
      const beginning = first;
      first = null;
      parser.write(beginning);
    }
    return parser;
  };
  return {
    write(bytes) {
      if (first === null && parser === null) first = bytes;
      else parse().write(bytes);
    },
    end() {
      const document = first === null ? null : readWhole(first, options);
      return document ?? parse().end();
    },
  };
}

/** null: the parser has to say what it is. */
function readWhole(bytes: Buffer, { root, charset, limits }: ReaderOptions): RpcDocument | null {
  const builder = new Builder(root, limits);
  try {
    return readPlainDocument(decodeXml(bytes, charset), builder) ? builder.document : null;
  } catch {
    // It may be no XML at all, which would be the greater mistake.
    return null;
  }
}

/** By a parser that knows all of XML. */
function createParser({ root, charset, limits }: ReaderOptions): DocumentReader {
  const decoder = createXmlDecoder(charset);
  const builder = new Builder(root, limits);
  const parser = new SaxesParser({});
  // Of a value in a struct there are three elements, and some around the whole.
  const maxElementDepth = limits.depth * 3 + 8;
  let elementDepth = 0;
  /** Where the document is no XML-RPC, it is only read on to know whether it is XML. */
  let mistake: unknown;

  const build = (step: () => void): void => {
    if (mistake !== undefined) return;
    try {
      step();
    } catch (error) {
      mistake = error;
    }
  };
  parser.on('error', (error) => {
    throw new XmlRpcFault(faultCodes.notWellFormed, `not well-formed: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new XmlRpcFault(faultCodes.invalidRequest, 'not XML-RPC: a document type is declared');
  });
  parser.on('opentag', ({ name }) => {
    elementDepth += 1;
    if (elementDepth > maxElementDepth) {
      throw (
        mistake ??
        new XmlRpcFault(faultCodes.invalidRequest, `not XML-RPC: elements stand more than ${maxElementDepth} deep`)
      );
    }
    build(() => builder.open(name));
  });
  parser.on('closetag', () => {
    elementDepth -= 1;
    build(() => builder.close());
  });
  const take = (text: string): void => {
    if (mistake === undefined && elementDepth > 0) builder.text(text);
  };
  parser.on('text', take);
  parser.on('cdata', take);

  return {
    write(bytes) {
      const text = decoder.write(bytes);
      if (text !== '') parser.write(text);
    },
    end() {
      const rest = decoder.end();
      if (rest !== '') parser.write(rest);
      parser.close();
      if (mistake !== undefined) throw mistake;
      return builder.document;
    },
  };
}
