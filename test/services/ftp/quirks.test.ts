import fs from 'node:fs';

import t from 'tap';

import { quirkNames, quirkProfiles, quirksOf, type QuirkProfile } from '../../../src/services/ftp/quirks.ts';
import { setUp } from './stage.ts';

t.test('several devices have all habits of each', async (t) => {
  t.same(quirkNames, ['lexmark', 'reolink', 'hikvision', 'windows-ce']);
  t.same(new Set(Object.values(quirksOf([]))), new Set([false]));
  const both = quirksOf(['lexmark', 'windows-ce']);
  t.match(both, { ...quirkProfiles.lexmark, ...quirkProfiles['windows-ce'] });
});

/** What devices say, in their order, and how each line is answered; STOR is followed by a file of one byte. */
const transcripts: Readonly<Record<QuirkProfile, readonly (readonly [line: string, codes: string])[]>> = {
  lexmark: [
    ['TYPE A N', '200'],
    ['TYPE L 16', '200'],
    ['CWD scans ', '250'],
    ['STOU', '150 226'],
    ['STOR scan 001.pdf ', '150 226'],
    ['QUIT', '221'],
  ],
  reolink: [
    ['PWD', '257'],
    ['CWD //scans/2026', '250'],
    ['MKD 11', '257'],
    ['MKD 11', '257'],
    ['CWD 11', '250'],
    ['TYPE I', '200'],
    ['STOR camera_test.jpg', '150 226'],
    ['SIZE camera_test.jpg', '213'],
    ['DELE camera_test.jpg', '250'],
    ['STOR new/folder/a.jpg', '150 226'],
  ],
  hikvision: [
    ['SYST', '215'],
    ['OPTS UTF8 ON', '200'],
    ['MKD scans', '257'],
    ['CWD 192.168.1.64 ', '250'],
    ['STOR a.jpg', '150 226'],
    ['NOOP', '200'],
  ],
  'windows-ce': [
    ['CWD \\scans', '250'],
    ['CWD C:\\', '250'],
    ['LIST scans\\*.*', '150 226'],
    ['STOR scans\\é.txt', '150 226'],
    ['XPWD', '257'],
  ],
};

for (const name of quirkNames) {
  t.test(`a session of ${name}`, async (t) => {
    const { enter, path } = await setUp(t, { options: { quirks: [name] }, files: { 'scans/old.txt': '' } });
    const talk = await enter();
    for (const [line, codes] of transcripts[name]) {
      const isTransfer = codes.startsWith('150');
      const data = isTransfer ? await talk.dataConnection() : null;
      const replies = [await talk.ask(line)];
      if (line.startsWith('STO')) data?.end('x');
      data?.resume();
      if (isTransfer) replies.push(await talk.reply());
      data?.end();
      t.equal(replies.map((reply) => reply.slice(0, 3)).join(' '), codes, line);
    }
    if (name === 'reolink') t.ok(fs.existsSync(path('scans/2026/11/new/folder/a.jpg')));
    if (name === 'lexmark') t.ok(fs.existsSync(path('scans/scan 001.pdf')));
  });
}

t.test('listings in Latin-1', async (t) => {
  const { enter } = await setUp(t, { options: { quirks: ['windows-ce'] }, files: { é: '', 日: '' } });
  const { fetch } = await enter();
  t.same(await fetch('NLST'), Buffer.from('\xe9\r\n?\r\n', 'latin1'));
});

t.test('a device that leaves at once', async (t) => {
  const { enter, served } = await setUp(t, { options: { quirks: ['hikvision'] } });
  const talk = await enter();
  const data = await talk.dataConnection();
  await talk.ask('STOR a');
  talk.socket.end();
  data.resume().end('a');
  t.equal(await talk.reply(), '226 All is taken and on disk');
  t.match(served.items, [{ name: 'a', size: 1 }]);
});
