import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { Test } from 'tap';

import type { Item, MailFacts } from '../../src/contract/item.ts';

export interface ItemParts extends Partial<Omit<Item, 'open' | 'openFile'>> {
  readonly content?: string | Buffer;
}

/** An item with a file of its own. */
export function fakeItem(t: Test, { content = 'first line\r\nsecond line\r\n', ...parts }: ItemParts = {}): Item {
  const bytes = Buffer.from(content);
  const path = newPath(t);
  writeFileSync(path, bytes);
  return {
    ...facts(),
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    openFile: () => openSync(path, 'r'),
    open: () => createReadStream(path),
    ...parts,
  };
}

/** An item that takes no memory: the same lines are given over and over. `look` is called every now and then while it is read. */
export function largeItem(t: Test, size: number, parts: ItemParts = {}, look: () => void = () => {}): Item {
  const piece = Buffer.alloc(65_536, `${'x'.repeat(62)}\r\n`);
  const count = size / piece.length;
  const hash = createHash('sha256');
  for (let at = 0; at < count; at += 1) hash.update(piece);
  const path = newPath(t);
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  closeSync(fd);
  return {
    ...facts(),
    size,
    sha256: hash.digest('hex'),
    openFile: () => openSync(path, 'r'),
    open: () =>
      Readable.from(
        (async function* () {
          for (let at = 0; at < count; at += 1) {
            if (at % 64 === 63) look();
            yield piece;
          }
        })(),
        { objectMode: true, highWaterMark: 4 },
      ),
    ...parts,
  };
}

/** An item of which only the first part comes; `begun` resolves when it has been asked for more. */
export function stallingItem(t: Test, parts: ItemParts = {}): Item & { readonly begun: Promise<void> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const item = fakeItem(t, { content: 'x'.repeat(100_000), ...parts });
  return {
    ...item,
    open() {
      let isFirst = true;
      return new Readable({
        read() {
          if (isFirst) this.push(Buffer.alloc(70_000, 'x'));
          else resolve();
          isFirst = false;
        },
      });
    },
    begun,
  };
}

/** "…/mail" of somebody to somebody. */
export function mailFacts(parts: Partial<MailFacts> = {}): MailFacts {
  return { from: 'scanner@office.example', to: ['scans@portico.example'], subject: 'Scan 1', ...parts };
}

let count = 0;

function facts() {
  count += 1;
  return {
    id: `item${String(count).padStart(16, '0')}`,
    service: 'drop',
    session: 'abcdefghijkl',
    account: null,
    name: 'report.pdf',
    mediaType: 'application/pdf',
    received: Date.UTC(2026, 0, 31, 12, 0, 0, 123),
    mail: null,
  };
}

function newPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-item-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, randomBytes(4).toString('hex'));
}
