import type { Builder } from './builder.ts';
import { elements } from './grammar.ts';
import { trimXml } from './text.ts';

/**
 * Reads a document of the plainest kind: known elements without attributes, texts without references, nothing else. That is
 * what programs send; for them this is several times faster than a parser of all XML. Whatever is of another kind gives
 * false, and is for the parser to read from the beginning: nothing is taken here that it would refuse.
 */
export function readPlainDocument(text: string, builder: Builder): boolean {
  let at = declaration.exec(text)?.[0].length ?? 0;
  const open: string[] = [];
  let isOver = false;
  while (at < text.length) {
    if (text.charCodeAt(at) !== lessThan) {
      const end = text.indexOf('<', at);
      const piece = end < 0 ? text.slice(at) : text.slice(at, end);
      if (!plainText.test(piece)) return false;
      if (open.length === 0) {
        if (trimXml(piece) !== '') return false;
      } else {
        builder.text(piece.includes('\r') ? piece.replaceAll(/\r\n?/g, '\n') : piece);
      }
      at += piece.length;
      continue;
    }
    const end = text.indexOf('>', at);
    if (end < 0 || isOver) return false;
    if (text.charCodeAt(at + 1) === slash) {
      if (open.pop() !== text.slice(at + 2, end)) return false;
      builder.close();
    } else {
      const isEmpty = text.charCodeAt(end - 1) === slash;
      const name = text.slice(at + 1, isEmpty ? end - 1 : end);
      if (!elements.has(name)) return false;
      builder.open(name);
      if (isEmpty) builder.close();
      else open.push(name);
    }
    isOver = open.length === 0;
    at = end + 1;
  }
  return isOver;
}

const lessThan = 0x3c;
const slash = 0x2f;
const declaration =
  /^\ufeff?(?:<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"[A-Za-z][\w.-]{0,39}"|'[A-Za-z][\w.-]{0,39}'))? ?\?>)?/;
// Without "&", and ">", which could end "]]>". Halves of pairs are not met here: the text was decoded.
const plainText = /^[\t\n\r\u0020-\u0025\u0027-\u003d\u003f-\ufffd]*$/;
