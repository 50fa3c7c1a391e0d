import { readIncoming } from './incoming.ts';
import { isBeforeMessage, parseCommand, type Command, type Parsed } from './grammar.ts';
import type { Talk } from './talk.ts';

export interface Asked {
  readonly tag: string;
  readonly command: Command;
}

/** The next command that is one; those that are none are answered, until there have been too many. null: there are no more. */
export interface CommandSource {
  next(): Promise<Asked | null | 'too many errors'>;
  /** Something that counts as an error. */
  blame(): void;
}

export interface CommandSourceOptions {
  readonly maxErrors: number;
  /** Messages can come, by APPEND; else they are literals as any other. */
  readonly takesMessages: boolean;
}

export function createCommandSource(talk: Talk, { maxErrors, takesMessages }: CommandSourceOptions): CommandSource {
  const { reader, out } = talk;
  const isMessage = takesMessages ? isBeforeMessage : (): boolean => false;
  let errors = 0;
  return {
    async next() {
      while (errors < maxErrors) {
        const incoming = await readIncoming({ reader, ask, isMessage });
        if (incoming === null) return null;
        // An empty line is nothing.
        if (incoming.flaw === null && incoming.pieces.length === 1 && incoming.pieces[0] === '') continue;
        const { tag, outcome }: Parsed = parseCommand(incoming.pieces, incoming.message);
        if (incoming.flaw === null && 'command' in outcome && tag !== null) return { tag, command: outcome.command };
        const flaw = incoming.flaw ?? ('flaw' in outcome ? outcome.flaw : '');
        const word = 'word' in outcome && incoming.flaw === null ? outcome.word : 'BAD';
        if (word === 'BAD') errors += 1;
        out.text(`${tag ?? '*'} ${word} ${flaw}\r\n`);
        if (!(await out.flush())) return null;
      }
      return 'too many errors';
    },
    blame: () => void (errors += 1),
  };

  async function ask(): Promise<void> {
    out.text('+ Go on\r\n');
    await out.flush();
  }
}
