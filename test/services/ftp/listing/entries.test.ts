import t from 'tap';

import type { Entry } from '../../../../src/contract/tree.ts';
import type { Files } from '../../../../src/services/ftp/files/files.ts';
import { findListed } from '../../../../src/services/ftp/listing/entries.ts';

const entry = (name: string): Entry => ({ name, kind: 'file', size: 0 }) as Entry;

/** A folder with so many files, the last ones first. */
function folderOf(count: number, given: (name: string) => void = () => {}): Files {
  return {
    stat: async () => ({ name: '/', kind: 'folder' }) as Entry,
    async *list() {
      for (let left = count; left > 0; left -= 1) {
        const name = String(left).padStart(5, '0');
        given(name);
        yield entry(name);
      }
    },
  } as unknown as Files;
}

async function namesOf(files: Files): Promise<string[]> {
  const { entries } = await findListed(files, { written: '', path: '/', isEntryWanted: false });
  const names: string[] = [];
  for await (const { name } of entries) names.push(name);
  return names;
}

t.test('a thousand names come in order, more as the folder has them', async (t) => {
  t.same((await namesOf(folderOf(3))).join(), '00001,00002,00003');
  t.same(await namesOf(folderOf(0)), []);
  const thousand = await namesOf(folderOf(1_000));
  t.same([thousand.length, thousand[0], thousand.at(-1)], [1_000, '00001', '01000']);
  const more = await namesOf(folderOf(1_001));
  t.same([new Set(more).size, more[0], more.at(-1)], [1_001, '01001', '00001']);
});

// Regression: five thousand entries were kept for each peer that did not take them.
t.test('reads no further ahead than that', async (t) => {
  let read = 0;
  const { entries } = await findListed(
    folderOf(50_000, () => (read += 1)),
    { written: '', path: '/', isEntryWanted: false },
  );
  const iterator = (entries as AsyncIterable<Entry>)[Symbol.asyncIterator]();
  await iterator.next();
  t.equal(read, 1_001);
  await iterator.return?.();
});
