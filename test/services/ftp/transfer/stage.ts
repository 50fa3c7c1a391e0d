import fs from 'node:fs';
import { join } from 'node:path';

import type { Test } from 'tap';

import type { DataConnection } from '../../../../src/contract/data-connection.ts';
import type { Entry, FileDraft, OpenFile } from '../../../../src/contract/tree.ts';
import { dataStage } from '../../../listeners/data-stage.ts';
import { dial, type Peer } from '../../../support/dial.ts';

export const calm = { signal: new AbortController().signal, stallMs: 30_000 };

/** Both ends of a data connection. */
export async function dataPair(t: Test): Promise<{ data: DataConnection; far: Peer }> {
  const { session } = await dataStage(t);
  const port = await session.data.openPort(null);
  const far = await dial(port.local.port);
  const data = await port.accept({ timeoutMs: 30_000, signal: calm.signal });
  t.teardown(async () => {
    far.socket.destroy();
    await data[Symbol.asyncDispose]();
  });
  return { data, far };
}

/** A file as a tree opens it. */
export function openFile(t: Test, contents: string | Buffer): OpenFile {
  const path = join(t.testdir(), 'file');
  fs.writeFileSync(path, contents);
  const fd = fs.openSync(path, 'r');
  t.teardown(() => fs.closeSync(fd));
  const entry = { size: fs.fstatSync(fd).size } as Entry;
  return { fd, entry, stat: () => entry, setTimes() {}, setMode() {}, [Symbol.dispose]() {} };
}

/** A draft in memory. `write` may be made to fail. */
export function memoryDraft(write?: (chunk: Uint8Array) => Promise<void>): { draft: FileDraft; bytes(): Buffer } {
  const parts: Buffer[] = [];
  const draft = {
    async write(chunk: Uint8Array) {
      await write?.(chunk);
      parts.push(Buffer.from(chunk));
    },
  } as unknown as FileDraft;
  return { draft, bytes: () => Buffer.concat(parts) };
}
