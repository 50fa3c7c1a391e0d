import fs from 'node:fs';
import { promisify } from 'node:util';

import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { TreeError, type Entry, type Tree } from '../../contract/tree.ts';
import { readLines } from '../../wire/lines.ts';
import { planText } from './plan-text.ts';
import { isPersonName, parseQuery, type Query } from './query.ts';

export interface FingerSettings {
  /** The folder with a file for each person. */
  readonly plans: string;
  readonly list: boolean;
}

export const maxQueryBytes = 512;
export const maxPlanBytes = 64 << 10;
export const maxListed = 1_000;

/** Answers one question of RFC 1288, and hangs up. */
export function createFingerService(
  { plans, list }: FingerSettings,
  context: Pick<ServiceContext, 'openTree'>,
): Service {
  return {
    async connection(session) {
      const line = await readLine(session);
      if (line === null) return;
      session.stream.write(
        line === overlongLine ? 'The question is too long.\r\n' : await answer(session, parseQuery(line)),
      );
    },
  };

  async function answer(session: Session, query: Query): Promise<string> {
    // RFC 1288 3.2.1 and 3.2.3, which have these words.
    if (query.isForward) return 'Finger forwarding service denied.\r\n';
    if (query.name === '' && !list) return 'Finger online user list denied.\r\n';
    if (query.name !== '' && !isPersonName(query.name)) return 'There is nobody of that name.\r\n';
    const tree = await context.openTree(session, {
      root: plans,
      permissions: ['list', 'read'],
      quota: null,
      maxFileSize: null,
    });
    return query.name === '' ? listPeople(tree, query) : describePerson(tree, query);
  }
}

// Nothing that a peer sends: a line holds no newline.
const overlongLine = '\n';

async function readLine(session: Session): Promise<string | null> {
  const { stream, signal } = session;
  for await (const { bytes, overlong } of readLines(stream, { maxBytes: maxQueryBytes, signal }))
    return overlong ? overlongLine : bytes.toString('utf8');
  return null;
}

async function listPeople(tree: Tree, { isVerbose }: Query): Promise<string> {
  const people: Entry[] = [];
  for await (const entry of tree.list('/')) {
    if (entry.kind !== 'file' || !isPersonName(entry.name)) continue;
    people.push(entry);
    if (people.length === maxListed) break;
  }
  if (people.length === 0) return 'Nobody has a plan.\r\n';
  people.sort((one, other) => (one.name < other.name ? -1 : 1));
  return people.map((entry) => (isVerbose ? `${entry.name}\t${changed(entry)}\r\n` : `${entry.name}\r\n`)).join('');
}

async function describePerson(tree: Tree, { name, isVerbose }: Query): Promise<string> {
  try {
    using file = await tree.open(`/${name}`);
    const bytes = await readStart(file.fd);
    const plan = planText(bytes.subarray(0, maxPlanBytes));
    const details = isVerbose ? `Changed: ${changed(file.entry)}\r\n` : '';
    const rest = bytes.length > maxPlanBytes ? '…\r\n' : '';
    return `Name: ${name}\r\n${details}${plan === '' ? 'No plan.\r\n' : `Plan:\r\n${plan}`}${rest}`;
  } catch (error) {
    // Whether there is something else of that name is nobody's business.
    if (error instanceof TreeError && error.fault !== 'failed') return 'There is nobody of that name.\r\n';
    throw error;
  }
}

const read = promisify(fs.read);

/** As much as is shown and one byte more. */
async function readStart(fd: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(maxPlanBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await read(fd, buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function changed({ modified }: Entry): string {
  return new Date(modified).toISOString().replace(/\.\d+Z$/, 'Z');
}
