import { mock } from 'node:test';

import t from 'tap';

import type { Child, Command, Exit } from '../../../src/contract/index.ts';
import { execOptions } from '../../../src/services/exec/options.ts';
import { startProgram } from '../../../src/services/exec/start-program.ts';
import { createFakeLogger, type LogLine } from '../../support/fake-session.ts';

/** A program that does nothing but note the signals it gets. */
function createStage(options: object) {
  const { promise: exited, resolve: exit } = Promise.withResolvers<Exit>();
  const signals: string[] = [];
  const logs: LogLine[] = [];
  const session = new AbortController();
  let started: Command | undefined;
  const spawn = (command: Command): Child => {
    started = command;
    const kill = (signal: string): void => void signals.push(signal);
    return { pid: 1, exited, kill, stdin: null, stdout: null, stderr: null };
  };
  const start = () =>
    startProgram({
      options: execOptions.parse({ command: ['/bin/program', 'one'], ...options }),
      context: { spawn },
      env: { PATH: '/bin', PROTO: 'TCP' },
      socket: 7,
      log: createFakeLogger(logs),
      signal: session.signal,
    });
  return { start, exit, signals, logs, abort: () => session.abort(), command: () => started };
}

t.test('hands all that the options say to the system', async (t) => {
  process.env['PORTICO_TEST_PASSED'] = 'passed';
  t.teardown(() => delete process.env['PORTICO_TEST_PASSED']);
  const stage = createStage({
    env: { PROTO: 'X', A: 1 },
    pass_env: ['PORTICO_TEST_PASSED', 'PORTICO_TEST_UNSET', 'PROTO'],
    directory: '/tmp',
    umask: '077',
    nice: -3,
    rlimits: { files: 64, as: '64MB', cpu: '1500ms', core: 'unlimited' },
    stderr: 'socket',
  });
  stage.start();
  t.same(stage.command(), {
    path: '/bin/program',
    argv: ['/bin/program', 'one'],
    env: { PATH: '/bin', PROTO: 'X', PORTICO_TEST_PASSED: 'passed', A: '1' },
    directory: '/tmp',
    stdio: [7, 7, 7],
    blocking: true,
    umask: 0o77,
    nice: -3,
    limits: { files: 64, as: 67_108_864, cpu: 2, core: null },
    onStderr: undefined,
  });
});

t.test('asks for standard error only where it is wanted', async (t) => {
  const logged = createStage({});
  logged.start();
  t.same(logged.command()?.stdio, [7, 7, 'pipe']);
  t.type(logged.command()?.onStderr, 'function');
  const discarded = createStage({ stderr: 'discard' });
  discarded.start();
  t.same(discarded.command()?.stdio, [7, 7, null]);
});

t.test('asks a program to end, and after five seconds does not ask', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const stage = createStage({});
  const { ended } = stage.start();
  t.same(stage.signals, []);
  stage.abort();
  t.same(stage.signals, ['SIGTERM']);
  mock.timers.tick(4_999);
  t.same(stage.signals, ['SIGTERM']);
  mock.timers.tick(1);
  t.same(stage.signals, ['SIGTERM', 'SIGKILL']);
  stage.exit({ status: null, signal: 'SIGKILL' });
  t.same(await ended, { status: null, signal: 'SIGKILL' });
});

t.test('leaves a program alone that has ended when asked', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const stage = createStage({});
  const { ended } = stage.start();
  stage.abort();
  stage.exit({ status: 0, signal: null });
  await ended;
  mock.timers.tick(60_000);
  t.same(stage.signals, ['SIGTERM']);
});

t.test('ends a program whose session was over before it began', async (t) => {
  const stage = createStage({});
  stage.abort();
  const { ended } = stage.start();
  t.same(stage.signals, ['SIGTERM']);
  stage.exit({ status: null, signal: 'SIGTERM' });
  await ended;
});

t.test('logs the last words before the end', async (t) => {
  const stage = createStage({});
  const { ended } = stage.start();
  stage.command()?.onStderr?.(Buffer.from('no newline'));
  stage.exit({ status: 1, signal: null });
  await ended;
  t.same(
    stage.logs.map(({ message, fields }) => [message, fields['event'], fields['status']]),
    [
      ['no newline', 'program.stderr', undefined],
      ['program ended', 'program.exit', 1],
    ],
  );
});
