import fs from 'node:fs';

import t from 'tap';

import { setUp } from '../stage.ts';

const files = { 'b.txt': 'four', 'a b.txt': '', '.hidden': '', 'sub/c.txt': 'c', 'sub/d.TXT': '' };

t.test('LIST', async (t) => {
  const { enter, path } = await setUp(t, { files });
  for (const name of ['b.txt', 'a b.txt', '.hidden', 'sub']) fs.utimesSync(path(name), 0, 1_577_836_800);
  fs.chmodSync(path('b.txt'), 0o644);
  const { ask, fetch, dataConnection } = await enter();
  const whole = (await fetch('LIST')).toString();
  t.match(
    whole,
    /^-[-rwx]{9} +1 ftp +ftp +0 Jan {2}1 {2}2020 \.hidden\r\n-.* a b\.txt\r\n-rw-r--r-- +1 ftp +ftp +4 Jan {2}1 {2}2020 b\.txt\r\nd.* sub\r\n$/,
  );
  for (const line of ['LIST -a', 'LIST -la', 'LIST -a -l', 'LIST .', 'LIST -l /', 'LIST -R']) {
    t.equal((await fetch(line)).toString(), whole, line);
  }
  t.match((await fetch('LIST b.txt')).toString(), /^-rw.* b\.txt\r\n$/);
  t.match((await fetch('LIST -d sub')).toString(), /^d.* sub\r\n$/);
  t.match((await fetch('LIST sub')).toString(), /^-.* c\.txt\r\n-.* d\.TXT\r\n$/);
  t.match((await fetch('LIST sub/*.txt')).toString(), /^-.* c\.txt\r\n-.* d\.TXT\r\n$/);
  t.equal((await fetch('LIST *.pdf')).toString(), '');
  const data = await dataConnection();
  t.equal(await ask('LIST none'), '550 There is no such file or folder');
  t.equal(await ask('LIST none/*'), '550 There is no such file or folder');
  data.destroy();
});

t.test('NLST', async (t) => {
  const { enter } = await setUp(t, { files });
  const { ask, fetch } = await enter();
  const list = async (line: string): Promise<string[]> => (await fetch(line)).toString().split('\r\n').slice(0, -1);
  t.same(await list('NLST'), ['.hidden', 'a b.txt', 'b.txt', 'sub']);
  t.same(await list('NLST -1'), ['.hidden', 'a b.txt', 'b.txt', 'sub']);
  t.same(await list('NLST *.txt'), ['a b.txt', 'b.txt']);
  t.same(await list('NLST sub'), ['sub/c.txt', 'sub/d.TXT'], 'names as RETR can use them');
  t.same(await list('NLST /sub/'), ['/sub/c.txt', '/sub/d.TXT']);
  t.same(await list('NLST sub/c*'), ['sub/c.txt']);
  t.same(await list('NLST b.txt'), ['b.txt']);
  await ask('CWD sub');
  t.same(await list('NLST ../*.txt'), ['../a b.txt', '../b.txt']);
});

t.test('MLSD', async (t) => {
  const { enter, path } = await setUp(t, { files });
  fs.symlinkSync('b.txt', path('link'));
  fs.symlinkSync('/etc/passwd', path('outside'));
  const { ask, fetch, dataConnection } = await enter();
  await ask('OPTS MLST type;size;');
  t.equal(
    (await fetch('MLSD')).toString(),
    [
      'type=file;size=0; .hidden',
      'type=file;size=0; a b.txt',
      'type=file;size=4; b.txt',
      'type=file;size=4; link',
      'type=OS.unix=symlink; outside',
      'type=dir; sub',
      '',
    ].join('\r\n'),
  );
  t.match((await fetch('MLSD sub')).toString(), /^type=file;size=1; c\.txt\r\n/);
  const data = await dataConnection();
  t.equal(await ask('MLSD b.txt'), '501 That is no folder');
  t.equal(await ask('MLSD none'), '550 There is no such file or folder');
  data.destroy();
});

t.test('a name that would end its line', async (t) => {
  const { enter, path } = await setUp(t);
  fs.writeFileSync(path('a\r\n-rw b'), '');
  const { fetch } = await enter();
  t.equal((await fetch('LIST')).toString(), '', 'is left out');
});

t.test('a folder with more than is sorted', async (t) => {
  const { enter, path } = await setUp(t);
  for (let number = 0; number < 5001; number += 1) fs.writeFileSync(path(`file-${number}`), '');
  const { fetch } = await enter();
  for (const line of ['LIST', 'NLST', 'MLSD']) {
    const names = (await fetch(line))
      .toString()
      .trimEnd()
      .split('\r\n')
      .map((entry) => entry.split(' ').at(-1));
    t.equal(new Set(names).size, 5001, line);
  }
});

t.test('who may not list', async (t) => {
  const { enter } = await setUp(t, { files, account: { permissions: ['read'] } });
  const { ask } = await enter();
  await ask('EPSV');
  t.equal(await ask('LIST'), '550 That is not allowed');
  t.equal(await ask('NLST'), '550 That is not allowed');
  t.equal(await ask('STAT .'), '550 That is not allowed');
});
