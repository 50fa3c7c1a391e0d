import { decodeEncodedWords } from '../../wire/encoded-words.ts';
import type { Entity } from './entity.ts';
import { fieldsOf, valueOf } from './header.ts';
import { parameterOf } from './media-type.ts';
import type { MessageText } from './message-text.ts';
import { decodeTransfer } from './transfer-encoding.ts';

// What SEARCH looks into: headers with their encoded words read, and the text of parts without their transfer encoding.

// Of each part the beginning.
const maxPartBytes = 4_194_304;

/** Of a field, with whatever encoded words are in it; in lower case. `name` null: of all fields, with their names. */
export function headerText(header: Buffer, name: string | null): string[] {
  const fields = [...fieldsOf(header.toString('latin1'))].filter((field) => name === null || field.name === name);
  return fields.map((field) => {
    const value = decodeEncodedWords(Buffer.from(valueOf(field), 'latin1').toString());
    return foldCase(name === null ? `${field.name}: ${value}` : value);
  });
}

/** Whether a part of the message has this text; `text` as foldCase gives it. */
export async function bodyHas(entity: Entity, message: MessageText, text: string): Promise<boolean> {
  for (const part of leavesOf(entity)) {
    if (part.facts.type === 'text' && foldCase(await textOf(part, message)).includes(text)) return true;
  }
  return false;
}

export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

function* leavesOf(entity: Entity): Generator<Entity, void, void> {
  if (entity.message !== null) yield* leavesOf(entity.message);
  else if (entity.children.length === 0) yield entity;
  for (const child of entity.children) yield* leavesOf(child);
}

async function textOf({ facts, bodyFrom, bodyTo }: Entity, message: MessageText): Promise<string> {
  const encoded = message.read(bodyFrom, Math.min(bodyTo, bodyFrom + maxPartBytes));
  const decoded = decodeTransfer(facts.fields.get('content-transfer-encoding') ?? '', encoded);
  const chunks: Buffer[] = [];
  for await (const chunk of decoded ?? encoded) chunks.push(chunk);
  const charset = parameterOf({ value: '', parameters: facts.parameters }, 'charset');
  return decodeCharset(Buffer.concat(chunks), charset ?? 'utf-8');
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    // What says that it is ASCII, and is not, is UTF-8 more often than anything else.
    return new TextDecoder(/^us-ascii$/i.test(charset) ? 'utf-8' : charset).decode(bytes);
  } catch {
    // A charset that nobody knows.
    return bytes.toString('latin1');
  }
}
