import { join } from 'node:path';
import t from 'tap';

import { readForExcerpts } from '../../src/config/files.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import { load, types } from './harness.ts';

const one = (name: string, port: number): string =>
  `services:\n  ${name}: { type: echo, listen: tcp://127.0.0.1:${port} }\n`;

t.test('included files are merged, in the order of their names, and know their own folders', async (t) => {
  const files = {
    'c.yaml': `include: [conf.d/*.yaml, extra.yaml]\n${one('a', 1)}`,
    'conf.d/20.yaml': 'services:\n  mail: { listen: "unix:./m", root: ./root, password: "${file:word}" }\n',
    'conf.d/10.yaml': `services:\nlogging: { outputs: [{ file: ./x.log }] }\ninclude: "deep/?.yaml"\n`,
    'conf.d/word': 'open sesame\n',
    'conf.d/deep/d.yaml': one('d', 4),
    'conf.d/none.txt': 'not read: [',
    'conf.d/folder.yaml/x': '',
    'extra.yaml': '# nothing yet\n',
  };
  const plan = await load(t, { files });
  t.match(plan, {
    files: ['@/c.yaml', '@/conf.d/10.yaml', '@/conf.d/deep/d.yaml', '@/conf.d/20.yaml', '@/extra.yaml'],
    logging: { outputs: [{ kind: 'file', path: '@/conf.d/x.log' }] },
    services: [
      { name: 'a', base: '@' },
      { name: 'd', base: '@/conf.d/deep' },
      {
        name: 'mail',
        base: '@/conf.d',
        listen: [{ path: '@/conf.d/m' }],
        options: { root: './root', password: 'open sesame' },
      },
    ],
  });
});

for (const [name, files, mistakes] of [
  [
    'a name given twice',
    { 'c.yaml': `include: b.yaml\n${one('a', 1)}`, 'b.yaml': one('a', 2) },
    ['b.yaml:2:3: services.a: duplicate name "a", first in c.yaml:3'],
  ],
  [
    'a section given twice',
    { 'c.yaml': `include: b.yaml\nlogging: {}\n${one('a', 1)}`, 'b.yaml': 'logging: { level: debug }\n' },
    ['b.yaml:1:1: logging: "logging" may be given once, first in c.yaml:2'],
  ],
  [
    'a path that is not there',
    { 'c.yaml': `include: [conf.d/x.yaml]\n${one('a', 1)}` },
    ['c.yaml:1:11: include[0]: cannot read "conf.d/x.yaml": there is no such file'],
  ],
  [
    'a folder',
    { 'c.yaml': `include: conf.d\n${one('a', 1)}`, 'conf.d/x': '' },
    ['c.yaml:1:10: include: cannot read "conf.d": it is a folder'],
  ],
  [
    'a file that includes itself',
    { 'c.yaml': `include: ["*.yaml"]\n${one('a', 1)}` },
    ['c.yaml:1:11: include[0]: "*.yaml" is this file itself'],
  ],
  [
    'files that include each other',
    { 'c.yaml': `include: b.yaml\n${one('a', 1)}`, 'b.yaml': `include: ./c.yaml\n` },
    ['b.yaml:1:10: include: "./c.yaml" includes this file in turn'],
  ],
  [
    'no path',
    { 'c.yaml': `include: [5, "", [a], ]\n${one('a', 1)}` },
    [
      'c.yaml:1:11: include[0]: expected a list of paths such as [conf.d/*.yaml]',
      'c.yaml:1:14: include[1]: expected a list of paths such as [conf.d/*.yaml]',
      'c.yaml:1:18: include[2]: expected a list of paths such as [conf.d/*.yaml]',
    ],
  ],
  [
    'nothing',
    { 'c.yaml': `include:\n${one('a', 1)}` },
    ['c.yaml:1:1: include: expected a list of paths such as [conf.d/*.yaml]'],
  ],
  [
    'a broken file, and what is wrong in the others',
    {
      'c.yaml': `include: b.yaml\nservices:\n  a: { type: echo, listen: tls://127.0.0.1:1, colour: red }\n`,
      'b.yaml': 'certificates: {',
    },
    [
      'c.yaml:3:47: services.a.colour: unknown key "colour"',
      'b.yaml:1:16: this is not YAML: flow map in block collection must be sufficiently indented and end with a }',
    ],
  ],
  [
    'services elsewhere that are no map',
    { 'c.yaml': `include: b.yaml\n${one('a', 1)}`, 'b.yaml': 'services: [b]\n' },
    ['b.yaml:1:11: services: expected a map'],
  ],
] as const) {
  t.test(`tells of ${name}`, async (t) => t.strictSame(await load(t, { files }), mistakes));
}

t.test('a pattern may match nothing, and a file is read once', async (t) => {
  const files = { 'c.yaml': `include: [none/*.yaml, b.yaml, "?.yml", "b.*"]\n${one('a', 1)}`, 'b.yaml': one('b', 2) };
  t.match(await load(t, { files }), { files: ['@/c.yaml', '@/b.yaml'] });
});

t.test('eight files one below the other are read, a ninth is not', async (t) => {
  const files: Record<string, string> = { 'c.yaml': `include: 1.yaml\n${one('a', 1)}` };
  for (let n = 1; n <= 8; n++) files[`${n}.yaml`] = n < 8 ? `include: ${n + 1}.yaml\n` : '';
  t.match(await load(t, { files }), { services: [{ name: 'a' }] });
  files['8.yaml'] = 'include: 9.yaml\n';
  files['9.yaml'] = '';
  t.strictSame(await load(t, { files }), [
    '8.yaml:1:10: include: expected at most 1000 files, and 8 of them one below the other',
  ]);
});

t.test('a file of 4 MB is read, a larger one is not', async (t) => {
  const text = one('a', 1);
  const filled = (bytes: number): string => `${text}#${'x'.repeat(bytes - text.length - 1)}`;
  t.match(await load(t, { files: { 'c.yaml': filled(4 * 1024 ** 2) } }), { services: [{ name: 'a' }] });
  t.strictSame(await load(t, { files: { 'c.yaml': filled(4 * 1024 ** 2 + 1) } }), [
    'c.yaml:1:1: cannot read the file: the file is larger than 4MB',
  ]);
});

t.test('what cannot be read at all', async (t) => {
  const folder = t.testdir({ sub: {} });
  const told = async (path: string): Promise<unknown> => {
    try {
      return await loadConfig(path, { types, env: {} });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.mistakes;
    }
  };
  const at = { line: 1, column: 1, path: '', length: 1 };
  t.strictSame(await told(join(folder, 'none.yaml')), [
    { ...at, file: `${folder}/none.yaml`, message: 'cannot read the file: there is no such file' },
  ]);
  t.strictSame(await told(join(folder, 'sub')), [
    { ...at, file: `${folder}/sub`, message: 'cannot read the file: it is a folder' },
  ]);
});

t.test('text that is not UTF-8, or not text', async (t) => {
  t.strictSame(await load(t, { files: { 'c.yaml': Buffer.from('a: 1\nb: \xe9\n', 'latin1') } }), [
    'c.yaml:2:4: the file is not UTF-8 text',
  ]);
  t.strictSame(await load(t, { files: { 'c.yaml': 'a: 1\nb: \u001b[0m\n' } }), [
    'c.yaml:2:4: the file contains the control character U+001B',
  ]);
});

t.test('a byte order mark and CRLF are fine', async (t) => {
  const text = `\uFEFF${one('a', 1).replaceAll('\n', '\r\n')}  b: { type: ech }\r\n`;
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), [
    'c.yaml:3:3: services.b.listen: expected an address such as "tcp://127.0.0.1:2007", got nothing',
    'c.yaml:3:14: services.b.type: unknown service type "ech", did you mean "echo"?',
  ]);
});

t.test('excerpts are not looked for in a device, which never ends, nor in a file that is too large', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'one\ntwo\n', 'big.yaml': 'x'.repeat(4 * 1024 ** 2 + 1) });
  t.equal(readForExcerpts(join(folder, 'a.yaml')), 'one\ntwo\n');
  t.equal(readForExcerpts('/dev/zero'), null);
  t.equal(readForExcerpts(join(folder, 'big.yaml')), null);
  t.equal(readForExcerpts(join(folder, 'none.yaml')), null);
});

t.test('excerpts of a file that is not quite text are its text as far as it goes', async (t) => {
  const folder = t.testdir({ 'a.yaml': Buffer.from([0x61, 0xff, 0x62]) });
  t.equal(readForExcerpts(join(folder, 'a.yaml')), 'a\ufffdb');
});
