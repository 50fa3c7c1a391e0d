import type { OpenFile } from '../../../contract/tree.ts';
import { beginTransfer, obstacle } from '../begin-transfer.ts';
import { guestOf, pathOf, type Dialogue, type Handlers, type Outcome } from '../dialogue.ts';
import type { OpenStream } from '../files/files.ts';
import { sendStream } from '../files/send-stream.ts';
import { replies, reply } from '../replies.ts';
import { sendFile } from '../transfer/index.ts';
import { takeFile } from '../take-file.ts';
import { uniqueName } from '../unique-name.ts';

// RFC 959 4.1.3: files, both ways.

type TransferVerb = 'RETR' | 'STOR' | 'APPE' | 'STOU' | 'REST' | 'ALLO' | 'ABOR';

export const transferCommands: Handlers<TransferVerb> = {
  async RETR({ path }, dialogue) {
    const offset = takeOffset(dialogue);
    const stop = obstacle(dialogue) ?? offsetFlaw(dialogue, offset);
    if (stop !== null) return stop;
    const file = await guestOf(dialogue).files.open(pathOf(dialogue, path));
    const { size } = file.entry;
    if (offset > size) {
      file[Symbol.dispose]();
      return reply(554, 'The file ends before that point');
    }
    return send(dialogue, file, { title: `RETR ${path}`, offset, size: size - offset });
  },
  async STOR({ path }, dialogue) {
    const offset = takeOffset(dialogue);
    const stop = obstacle(dialogue) ?? offsetFlaw(dialogue, offset);
    if (stop !== null) return stop;
    const target = pathOf(dialogue, path);
    return takeFile(dialogue, { title: `STOR ${path}`, path: target, keep: offset, opening: opening('STOR') });
  },
  async APPE({ path }, dialogue) {
    takeOffset(dialogue);
    const target = pathOf(dialogue, path);
    const stop = obstacle(dialogue);
    return stop ?? takeFile(dialogue, { title: `APPE ${path}`, path: target, keep: 'all', opening: opening('APPE') });
  },
  async STOU({ path }, dialogue) {
    takeOffset(dialogue);
    const stop = obstacle(dialogue);
    if (stop !== null) return stop;
    const target = await uniqueName(
      guestOf(dialogue).files,
      path === null ? null : pathOf(dialogue, path),
      dialogue.cwd,
    );
    const { shown } = target;
    // RFC 1123 4.1.2.9: in this form.
    return takeFile(dialogue, {
      title: 'STOU',
      path: target.path,
      keep: 0,
      isNew: true,
      opening: reply(150, `FILE: ${shown}`),
    });
  },
  REST({ count }, dialogue) {
    if (count > 0 && dialogue.type === 'A') return inAscii;
    dialogue.offset = count;
    return reply(350, `From byte ${count} on`);
  },
  ALLO({ count }, dialogue) {
    const { max_file_size: largest } = dialogue.house.options;
    if (largest !== undefined && count > largest) return reply(552, 'The file is too large');
    dialogue.announced = count === 0 ? null : count;
    return replies.ok;
  },
  // One during a transfer is not answered here.
  ABOR(_command, { channel }) {
    channel[Symbol.dispose]();
    return replies.nothingToAbort;
  },
};

// RFC 3659 5.1 counts bytes as they are sent: in lines of text, nobody agrees on which.
const inAscii = reply(501, 'Resuming is not done in ASCII: TYPE I comes first');

function offsetFlaw({ type }: Dialogue, offset: number): string | null {
  return offset > 0 && type === 'A' ? inAscii : null;
}

/** REST is for one transfer only. */
function takeOffset(dialogue: Dialogue): number {
  const { offset } = dialogue;
  dialogue.offset = 0;
  return offset;
}

function opening(verb: string): string {
  return reply(150, `Ready for ${verb}`);
}

interface Sending {
  readonly title: string;
  readonly offset: number;
  readonly size: number;
}

function send(dialogue: Dialogue, file: OpenFile | OpenStream, { title, offset, size }: Sending): Outcome {
  const { type, house } = dialogue;
  const stallMs = house.options.data_timeout;
  return beginTransfer(dialogue, {
    title,
    // Some read the size out of the brackets.
    opening: reply(150, `Sending (${size} bytes)`),
    async run(data, signal) {
      if ('fd' in file) await sendFile(data, file, { offset, type, signal, stallMs });
      else await sendStream(data, await file.read(offset), { type, signal, stallMs });
      return replies.sent;
    },
    finish: () => file[Symbol.dispose](),
  });
}
