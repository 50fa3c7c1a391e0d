import t from 'tap';

import { foldName, readName } from '../../../src/services/chat/names.ts';

t.test('names are letters, digits, "_" and "-" of any script', async (t) => {
  const cases: [text: string, name: string | null][] = [
    ['alice', 'alice'],
    ['  alice\t', 'alice'],
    ['Zoë-2_x', 'Zoë-2_x'],
    ['Zoe\u0308', 'Zoë'],
    ['नमस्ते', 'नमस्ते'],
    ['李雷', '李雷'],
    ['٣', '٣'],
    ['𝒜', '𝒜'],
    ['-', '-'],
    ['x'.repeat(32), 'x'.repeat(32)],
    ['𝒜'.repeat(32), '𝒜'.repeat(32)],
    ['x'.repeat(33), null],
    ['', null],
    [' ', null],
    ['two words', null],
    ['a.b', null],
    ['<admin>', null],
    ['*', null],
    ['👻', null],
    ['a\u200bb', null],
    ['a\u00adb', null],
    ['\u3164', null],
    ['a\ufe0f', null],
    ['a\u034fb', null],
    ['\u0301x', null],
    ['a\u202eb', null],
    ['a\x1bb', null],
    ['a\ufffdb', null],
    ['a\nb', null],
  ];
  for (const [text, name] of cases) t.equal(readName(text), name, JSON.stringify(text));
});

t.test('case and form make no difference', async (t) => {
  const same: [string, string][] = [
    ['Alice', 'aLICE'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟσ', 'οδος'],
    ['Ｂｏｂ', 'bob'],
    ['ﬁn', 'FIN'],
    ['𝒜', 'a'],
    ['Zoe\u0308', 'ZOË'],
  ];
  for (const [one, other] of same) t.equal(foldName(one), foldName(other), `${one} is ${other}`);
  t.not(foldName('alice'), foldName('alica'));
});
