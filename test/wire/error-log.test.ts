import t from 'tap';

import { createErrorLog } from '../../src/wire/error-log.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';

function createStage() {
  const lines: LogLine[] = [];
  let nowMs = 0;
  const { write, end } = createErrorLog(createFakeLogger(lines), () => nowMs);
  return {
    write: (text: string) => write(Buffer.from(text)),
    end,
    setSecond: (second: number) => {
      nowMs = second * 1000;
    },
    said: () => lines.map(({ message }) => message),
  };
}

t.test('logs a line when it is whole, and the last one at the end', async (t) => {
  const { write, end, said } = createStage();
  write('one\r\ntw');
  t.same(said(), ['one']);
  write('o\n\n\nthree');
  t.same(said(), ['one', 'two']);
  end();
  t.same(said(), ['one', 'two', 'three']);
});

t.test('writes control characters out, so that a program cannot forge lines', async (t) => {
  const { write, said } = createStage();
  write('a\rb\u001b[2J\u0000c\u007f\u0085\td ü\n');
  t.same(said(), [String.raw`a\x0db\x1b[2J\x00c\x7f\x85` + '\td ü']);
});

t.test('takes lines of up to 4096 bytes', async (t) => {
  const { write, said } = createStage();
  write(`${'x'.repeat(4096)}\n${'y'.repeat(4097)}\nshort\n`);
  t.same(said(), ['x'.repeat(4096), '(a line of more than 4096 bytes)', 'short']);
});

t.test('says 100 lines a second, and how many more there were', async (t) => {
  const { write, end, said, setSecond } = createStage();
  setSecond(1);
  write('line\n'.repeat(100));
  t.equal(said().length, 100);
  write('line\n'.repeat(3));
  t.equal(said().length, 100);
  setSecond(2);
  write('next\n');
  t.same(said().slice(100), ['(3 more lines)', 'next']);
  write('line\n'.repeat(100));
  end();
  t.same(said().slice(-2), ['line', '(1 more lines)']);
});

t.test(
  'past its lines of a second a flood is only counted, and the line that it ends in is not taken for a new one',
  async (t) => {
    const { write, said, setSecond } = createStage();
    setSecond(1);
    write('line\n'.repeat(101));
    write('more\nand hal');
    write('f a line');
    setSecond(2);
    write(' more\nnext\n');
    t.same(said().slice(100), ['(2 more lines)', 'next']);
    setSecond(3);
    write('last\n');
    t.same(said().slice(102), ['(1 more lines)', 'last']);
  },
);

t.test('a flood of empty lines is counted after 1000 of them', async (t) => {
  const { write, said, setSecond } = createStage();
  setSecond(1);
  write('\n'.repeat(999));
  write('seen\n');
  write('unseen\n');
  t.same(said(), ['seen']);
  setSecond(2);
  write('next\n');
  t.same(said(), ['seen', '(1 more lines)', 'next']);
});
