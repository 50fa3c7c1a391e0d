import t from 'tap';

import { syntaxErrorLine } from '../../src/system/syntax-error-line.ts';

t.test('the line of what cannot be parsed', async (t) => {
  const cases: readonly (readonly [what: string, text: string, line: number | null])[] = [
    ['a word too much', 'export const a = 1;\nconst b = ;\n', 2],
    ['a name twice', 'let a;\n\nlet a;\n', 3],
    ['no end', 'export const a = {\n\n', 3],
    ['await where there is none', 'await 1;\n() => { await 1; };\n', 2],
    ['what only scripts may', 'with (a) {}', 1],
    ['nothing wrong', "import a from './nowhere.js';\nexport default a;\n", null],
    ['nothing', '', null],
  ];
  for (const [what, text, line] of cases) t.equal(await syntaxErrorLine(text), line, what);
});

t.test('nothing is run', async (t) => {
  t.equal(await syntaxErrorLine('process.stderr.write("[stdin]:7\\n"); process.exit(1);'), null);
});

t.test('where Node is part of another program, that is not started', async (t) => {
  const { execPath } = process;
  t.teardown(() => void (process.execPath = execPath));
  process.execPath = '/bin/false';
  t.equal(await syntaxErrorLine('const a = ;'), null);
  process.execPath = '/nonexistent/node';
  t.equal(await syntaxErrorLine('const a = ;'), null, 'nor where it is not there');
});
