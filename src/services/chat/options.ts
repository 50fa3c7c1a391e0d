import * as z from 'zod';

import { rate, show, size } from '../../contract/options.ts';
import { cleanText } from './grammar.ts';
import { readName } from './names.ts';

const room = z.string().refine((name) => readName(name) !== null, {
  error: ({ input }) => `expected the name of a room, 1 to 32 letters, digits, "_" or "-", got ${show(input)}`,
});

export const chatOptions = z.strictObject({
  rooms: z
    .array(room)
    .min(1)
    .max(100)
    .default(['lobby'])
    .describe('rooms that are always there; everybody enters the first. Peers may open more, which vanish when empty'),
  history: z.int().min(0).max(1000).default(50).describe('lines of a room that are replayed to who joins it'),
  welcome: z
    .string()
    .max(4096)
    .default('Welcome.')
    .overwrite(cleanWelcome)
    .describe('what every peer is greeted with; may have several lines'),
  max_line: size({ min: '64B', max: '64KB' }).prefault('2KB').describe('longest line that a peer may send'),
  rate: rate().prefault('5/s').describe('how many lines a peer may send; more are refused'),
});

export type ChatOptions = z.output<typeof chatOptions>;

function cleanWelcome(text: string): string {
  return text.split(/\r?\n/).map(cleanText).join('\n');
}
