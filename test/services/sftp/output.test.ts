import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startStage, text, u32, u64 } from './stage.ts';

t.test('reads no more of a file than its peer takes', async (t) => {
  const stage = await startStage(t);
  const bytes = Buffer.alloc(16 << 20, 'x');
  writeFileSync(join(stage.root, 'large'), bytes);
  const talk = await stage.talk();
  const [session] = stage.sessions;
  const handle = await talk.open(3, text('/large'), u32(1), u32(0));
  talk.channel.pause();
  const parts = Array.from({ length: 64 }, (_, index) => talk.ask(5, handle, u64(index * 261_120), u32(261_120)));
  // Others have all the time they want meanwhile.
  const other = await stage.talk();
  for (let count = 0; count < 200; count += 1) await other.ask(16, text('.'));
  const sent = session?.bytes.out ?? Number.POSITIVE_INFINITY;
  t.ok(sent < 5 << 20, `${sent} bytes of 16 MiB went out`);
  talk.channel.resume();
  const received = (await Promise.all(parts)).reduce((sum, { body }) => sum + body.length - 4, 0);
  t.equal(received, 64 * 261_120);
});
