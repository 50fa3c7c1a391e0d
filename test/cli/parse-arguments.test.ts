import t from 'tap';

import { parseArguments, UsageError, type Invocation } from '../../src/cli/parse-arguments.ts';

const run = (name: string, options: object = {}, words: string[] = []): Invocation => ({
  kind: 'run',
  name,
  options,
  words,
});

const understood: readonly (readonly [string, Invocation])[] = [
  ['run', run('run')],
  ['run -c a.yaml', run('run', { config: 'a.yaml' })],
  ['-c a.yaml run', run('run', { config: 'a.yaml' })],
  ['run -ca.yaml', run('run', { config: 'a.yaml' })],
  ['run --config a.yaml', run('run', { config: 'a.yaml' })],
  ['run --config=a.yaml', run('run', { config: 'a.yaml' })],
  ['run --config=-odd', run('run', { config: '-odd' })],
  ['run -c one -c two', run('run', { config: 'two' })],
  ['check --json', run('check', { json: true })],
  ['--json check', run('check', { json: true })],
  ['status --wait 10s --json -c a', run('status', { wait: '10s', json: true, config: 'a' })],
  ['--wait 10s status', run('status', { wait: '10s' })],
  ['sessions --follow --json', run('sessions', { follow: true, json: true })],
  ['kick abc', run('kick', {}, ['abc'])],
  ['kick -c a abc', run('kick', { config: 'a' }, ['abc'])],
  ['-c a kick abc', run('kick', { config: 'a' }, ['abc'])],
  ['kick abc -c a', run('kick', { config: 'a' }, ['abc'])],
  ['kick -- -abc', run('kick', {}, ['-abc'])],
  ['services', run('services')],
  ['services echo', run('services', {}, ['echo'])],
  ['deliveries retry a b --all', run('deliveries', { all: true }, ['retry', 'a', 'b'])],
  ['stop', run('stop')],
  ['--help', { kind: 'help', name: null }],
  ['-h', { kind: 'help', name: null }],
  ['help', { kind: 'help', name: null }],
  ['help run', { kind: 'help', name: 'run' }],
  ['run --help', { kind: 'help', name: 'run' }],
  ['--help run', { kind: 'help', name: 'run' }],
  ['kick -h', { kind: 'help', name: 'kick' }],
  ['kick --nonsense --help', { kind: 'help', name: 'kick' }],
  ['--version', { kind: 'version' }],
  ['-V', { kind: 'version' }],
];

const refused: readonly (readonly [string, string])[] = [
  ['-c a.yaml', 'a command is missing'],
  ['frobnicate', 'unknown command "frobnicate"'],
  ['staus', 'unknown command "staus", did you mean "status"?'],
  ['toString', 'unknown command "toString"'],
  ['help nonsense', 'unknown command "nonsense"'],
  ['nonsense --help', 'unknown command "nonsense"'],
  ['status --jsn', 'unknown option "--jsn" of status, did you mean "--json"?'],
  ['--jsn status', 'unknown option "--jsn" of status, did you mean "--json"?'],
  ['--wiat 10s status', 'unknown option "--wiat", did you mean "--wait"?'],
  ['run -x', 'unknown option "-x" of run'],
  ['run --json', 'unknown option "--json" of run'],
  ['run --toString', 'unknown option "--toString" of run'],
  ['check --follow', 'unknown option "--follow" of check'],
  ['check --json=yes', '--json takes no value'],
  ['run -c', '-c needs a value: -c FILE'],
  ['run --config=', '--config needs a value: --config FILE'],
  ['status --wait --json', '--wait needs a value: --wait DURATION'],
  ['run now', 'run does not take "now"'],
  ['kick', 'kick needs ID'],
  ['kick a b', 'kick does not take "b"'],
  ['services echo chat', 'services does not take "chat"'],
];

const split = (line: string): string[] => (line === '' ? [] : line.split(' '));

t.test('understands', async (t) => {
  for (const [line, expected] of understood) t.same(parseArguments(split(line)), expected, line);
});

t.test('refuses', async (t) => {
  for (const [line, message] of refused) {
    t.throws(() => parseArguments(split(line)), { message, code: 64 }, line);
  }
});

t.test('says which help would be of use', async (t) => {
  const commandOf = (...args: string[]): unknown => {
    try {
      return parseArguments(args);
    } catch (error) {
      return error instanceof UsageError ? error.command : error;
    }
  };
  t.equal(commandOf('kick'), 'kick');
  t.equal(commandOf('--jsn', 'status'), 'status');
  t.equal(commandOf('nonsense'), null);
});
