import t from 'tap';

import { ConfigError, ExitError } from '../../src/contract/errors.ts';
import { createFakeHouse, createFakeTerminal, mistake, portico } from './fakes.ts';

t.test('--help lists every command', async (t) => {
  const { code, out, err } = await portico(['--help']);
  t.equal(code, 0);
  t.equal(err, '');
  for (const name of 'run check status reload upgrade stop sessions kick services schema'.split(' ')) {
    t.match(out, new RegExp(`^  ${name} `, 'm'), name);
  }
});

t.test('help of one command shows its options', async (t) => {
  const { code, out } = await portico(['status', '--help']);
  t.equal(code, 0);
  t.match(out, /^Usage: portico status \[-c FILE\] \[--json\] \[--wait DURATION\]\n/);
  t.match(out, /^ {2}-c, --config FILE {2}/m);
  t.match(out, '1 when that takes longer');
});

t.test('no arguments: the help on stderr, 64', async (t) => {
  const { code, out, err } = await portico([]);
  t.equal(code, 64);
  t.equal(out, '');
  t.match(err, 'Usage: portico COMMAND');
});

t.test('--version', async (t) => {
  t.same(await portico(['--version']), { code: 0, out: 'portico 0.1.0\n', err: '' });
});

t.test('a command line that is wrong: what is wrong and which help, 64', async (t) => {
  t.same(await portico(['kick']), { code: 64, out: '', err: 'portico: kick needs ID\nTry "portico kick --help".\n' });
  t.same(await portico(['ru']), {
    code: 64,
    out: '',
    err: 'portico: unknown command "ru", did you mean "run"?\nTry "portico --help".\n',
  });
});

for (const [what, error, code, err] of [
  ['an ExitError', new ExitError(69, 'cannot bind'), 69, 'portico: cannot bind\n'],
  ['one that would steer the terminal', new ExitError(70, 'a\u001b[31mb'), 70, 'portico: a\ufffd[31mb\n'],
  ['mistakes', new ConfigError([mistake]), 78, `rendered: ${mistake.message}\n`],
  [
    'a bug',
    new TypeError('x is not a function'),
    70,
    /^portico: internal error: TypeError: x is not a function\n {4}at /,
  ],
] as const) {
  t.test(`${what} of a command: ${code}`, async (t) => {
    const house = createFakeHouse({ runDaemon: () => Promise.reject(error) });
    const outcome = await portico(['run', '-c', '/a.yaml'], createFakeTerminal(), house);
    t.match(outcome, { code, out: '', err });
  });
}
