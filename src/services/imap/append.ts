import { constants } from 'node:fs';
import { open, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { createLineFeedCounter } from './line-feeds.ts';
import type { AppendCommand } from './grammar.ts';
import { newUnique, withSizes } from './message-name.ts';
import { nameFrom, overQuota, type Answer, type Visit } from './talk.ts';

/** RFC 9051 6.3.12. OK says that the message is on disk, synced and in its place. */
export async function appendMessage(visit: Visit, command: AppendCommand): Promise<Answer> {
  const { store, out, reader, house } = visit;
  const { message } = command;
  const name = nameFrom(visit, command.mailbox);
  const flaw = await flawOf(name);
  if (flaw !== null || name === null) return refuse(flaw ?? 'NO There is no such mailbox');
  if (message.isAwaited) {
    out.text('+ Send it\r\n');
    if (!(await out.flush())) return null;
  }
  const folder = store.folder(name);
  const unique = newUnique();
  const path = join(folder.path, 'tmp', unique);
  let isPlaced = false;
  try {
    const taken = await take(visit, command, path);
    if (taken === null) return null;
    if (!(await isLineOver())) return 'BAD Nothing may follow the message';
    if ('error' in taken) throw taken.error;
    const named = withSizes(unique, message.size, message.size + taken.bareLineFeeds);
    const file = { from: Buffer.from(path), isMoved: true, unique: named, letters: command.letters };
    const { validity, uids } = await store.alone(() => folder.add([file]));
    isPlaced = true;
    visit.session.received({ id: unique, size: message.size, account: visit.session.account?.name });
    return `OK [APPENDUID ${validity} ${uids[0] ?? 0}] Done`;
  } finally {
    if (!isPlaced) await unlink(path).catch(() => {});
  }

  async function flawOf(mailbox: string | null): Promise<string | null> {
    if (mailbox === null || !(await store.has(mailbox))) return 'NO [TRYCREATE] There is no such mailbox';
    if (message.size > house.maxSize) return 'NO [TOOBIG] The message is too large';
    if (message.size === 0) return 'NO The message is empty';
    const room = await store.room();
    return room !== null && message.size > room ? overQuota : null;
  }

  /** What comes unasked has to be taken, or it would be read as commands. */
  async function refuse(answer: string): Promise<Answer> {
    if (message.isAwaited) return answer;
    let left = message.size;
    for await (const chunk of reader.bytes(message.size)) left -= chunk.length;
    if (left > 0) return null;
    await isLineOver();
    return answer;
  }

  async function isLineOver(): Promise<boolean> {
    const rest = await reader.line();
    return rest !== null && rest.length === 0;
  }
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

type Taken = { readonly bareLineFeeds: number } | { readonly error: unknown };

/** All of the message comes off the line, even when it cannot be kept. null: the peer has gone before its end. */
async function take({ reader }: Visit, { message, time }: AppendCommand, path: string): Promise<Taken | null> {
  const lineFeeds = createLineFeedCounter();
  let handle: FileHandle | null = null;
  let failure: { readonly error: unknown } | null = null;
  let left = message.size;
  try {
    handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch((error: unknown) => {
      failure = { error };
      return null;
    });
    for await (const chunk of reader.bytes(message.size)) {
      left -= chunk.length;
      lineFeeds.look(chunk);
      if (handle === null || failure !== null) continue;
      try {
        for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
      } catch (error) {
        failure = { error };
      }
    }
    if (left > 0) return null;
    if (failure !== null || handle === null) return failure ?? { error: new Error('there is no file') };
    if (time !== null) await handle.utimes((await stat(path)).atimeMs / 1000, time / 1000);
    await handle.sync();
    return { bareLineFeeds: lineFeeds.bare };
  } catch (error) {
    return { error };
  } finally {
    await handle?.close();
  }
}
