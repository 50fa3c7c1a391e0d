/**
 * A worker and its registry in one process, to be killed: takes things in as fast as it can, says "+ID" for each that is
 * acknowledged, and stops for ever before the step that it was told, saying "@STEP".
 *
 *     spool-process.ts STATE STEP NUMBER
 */
import fs from 'node:fs';
import { join } from 'node:path';

import { createSpool } from '../../src/deliveries/desk.ts';
import { openStore } from '../../src/store/store.ts';
import { envelope, watchFiles } from './spool.ts';

const [state = '', step = '', number = '1'] = process.argv.slice(2);
const folder = join(state, 'spool', '1000');
for (const name of ['tmp', 'new']) fs.mkdirSync(join(folder, name), { recursive: true });
const store = openStore(join(state, 'portico.db'));
let left = Number(number);
let round = 0;

const say = (text: string): void => void fs.writeSync(1, `${text}\n`);
const atStep = (name: string): Promise<void> => {
  if (name !== step || --left > 0) return Promise.resolve();
  say(`@${name}`);
  return new Promise(() => {});
};

const spool = createSpool({
  files: watchFiles(atStep),
  folder,
  folderName: '1000',
  floor: 0,
  // Time goes by in leaps, so that a file is shared for some rounds only.
  now: () => 1_000_000 + round * 400,
  async enqueue(items) {
    await atStep('enqueue');
    await store.queue.add(items);
    await atStep('acknowledge');
  },
});
const desk = spool.desk(['archive']);

async function take(text: string): Promise<void> {
  await using draft = await desk.begin(envelope());
  await draft.write(Buffer.from(text));
  const { id } = await draft.commit();
  say(`+${id} ${text}`);
}

// Alive, whatever waits.
setInterval(() => {}, 1_000);
for (; ; round += 1) await Promise.all([1, 2, 3, 4].map((each) => take(`thing ${round}-${each}`)));
