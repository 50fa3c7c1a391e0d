import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { isProbe, probeProgram, takeUpgradeState } from '../../src/master/upgrade.ts';
import { libc } from '../../src/system/libc.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

const modules = {
  upgrade: import.meta.resolve('../../src/master/upgrade.ts'),
  plans: import.meta.resolve('../support/plans.ts'),
};

/** Runs a program of its own, in a folder of its own; the program's text finds what it needs in `modules`. */
function run(folder: string, text: string): { status: number | null; stdout: string; stderr: string } {
  const file = join(folder, 'program.mjs');
  fs.writeFileSync(file, `const modules = ${JSON.stringify(modules)};\n${text}`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, 'word'],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

t.test('this process is neither a probe nor the successor of another', async (t) => {
  t.equal(isProbe(), false);
  t.equal(takeUpgradeState(), null);
});

t.test('the next image has the pid, the arguments, the descriptors and the state of the one before', needsLibc, (t) => {
  const folder = t.testdir();
  const { status, stdout, stderr } = run(
    folder,
    `
    import fs from 'node:fs';
    import { writeSync } from 'node:fs';
    const { becomeProgram, takeUpgradeState } = await import(modules.upgrade);
    const { plan, daemonPlan } = await import(modules.plans);
    const say = (value) => writeSync(1, JSON.stringify(value) + '\\n');
    const previous = takeUpgradeState();
    if (previous === null) {
      const fd = fs.openSync('${folder}/held', 'w+');
      const closed = fs.openSync('${folder}/not-held', 'w+');
      say({ pid: process.pid, fd, closed });
      becomeProgram({
        started: '2026-01-01T00:00:00.000Z',
        generation: 7,
        plan: plan({ daemon: daemonPlan({ runtime: '${folder}' }) }),
        fleet: { bus: { claims: [['nick', 'w1']], answers: [] }, retired: [] },
        sockets: [{ fd, name: 'web' }],
        workers: [{ id: 'w1', pid: 4, descriptors: [-1, -1], pool: 'main', generation: 7, restarts: 0 }],
      });
    }
    const { generation, started, fleet, sockets, workers, plan: old } = previous;
    const isOpen = (fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd); } catch { return null; } };
    say({
      pid: process.pid, argument: process.argv[2], generation, started, fleet, workers, services: old.services.length,
      held: isOpen(sockets[0].fd),
      variable: process.env.PORTICO_UPGRADE ?? null,
      files: fs.readdirSync('${folder}').sort(),
      flags: fs.readFileSync('/proc/self/fdinfo/' + sockets[0].fd, 'utf8').match(/flags:\\s+(\\d+)/)[1],
      all: fs.readdirSync('/proc/self/fd').map(isOpen).filter((name) => name?.startsWith('${folder}')),
    });
    `,
  );
  t.equal(status, 0, stderr);
  const [before, after] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(after, {
    pid: before?.['pid'],
    argument: 'word',
    generation: 7,
    started: '2026-01-01T00:00:00.000Z',
    fleet: { bus: { claims: [['nick', 'w1']] } },
    workers: [{ id: 'w1', pool: 'main' }],
    services: 1,
    held: `${folder}/held`,
    variable: null,
  });
  t.same(after?.['all'], [`${folder}/held`], 'what it was not told of is closed, and so is what the state was in');
  t.same(
    after?.['files'],
    ['held', 'not-held', 'program.mjs'],
    'the state, secrets and all, was in no file with a name',
  );
  // O_CLOEXEC, for the programs that the next image starts.
  t.equal(Number.parseInt(String(after?.['flags']), 8) & 0o2000000, 0o2000000);
  t.end();
});

t.test('a state that cannot be left behind leaves everything as it was', needsLibc, (t) => {
  const folder = t.testdir();
  const { status, stdout, stderr } = run(
    folder,
    `
    const { becomeProgram } = await import(modules.upgrade);
    const { plan, daemonPlan } = await import(modules.plans);
    try {
      becomeProgram({ started: '', generation: 1, plan: plan({ daemon: daemonPlan({ runtime: '${folder}/missing' }) }),
        fleet: { bus: { claims: [], answers: [] }, retired: [] }, sockets: [], workers: [] });
    } catch (error) {
      process.stdout.write(error.code);
    }
    `,
  );
  t.equal(status, 0, stderr);
  t.equal(stdout, 'ENOENT');
  t.end();
});

t.test('the program on disk is tried first', needsLibc, (t) => {
  const attempts: [title: string, program: string, said: string][] = [
    ['one that works', '', 'fine'],
    [
      'one that does not load',
      "throw new Error('syntax of tomorrow');",
      'Error: the program on disk does not start: .*',
    ],
    [
      'one that finds mistakes in the configuration',
      "process.stderr.write('x.yaml:1:1: no'); process.exit(78);",
      'ExitError 78: the program on disk finds mistakes in the configuration:\nx.yaml:1:1: no',
    ],
    [
      'one that ends without a word',
      'process.exit(1);',
      'Error: the program on disk does not start: Command failed: .*',
    ],
  ];
  for (const [title, program, said] of attempts) {
    const folder = t.testdir();
    const { status, stdout, stderr } = run(
      folder,
      `
      const { isProbe, probeProgram } = await import(modules.upgrade);
      if (isProbe()) {
        if (process.argv[2] !== 'word') process.exit(99);
        ${program}
      } else {
        const said = await probeProgram().then(
          () => 'fine',
          (error) => error.name + (error.code === undefined ? '' : ' ' + error.code) + ': ' + error.message,
        );
        process.stdout.write(said);
      }
      `,
    );
    t.equal(status, 0, stderr);
    t.match(stdout, new RegExp(`^${said}`, 's'), title);
  }
  t.end();
});

t.test(
  'without node:ffi there is no upgrade in place',
  { skip: libc === null ? false : 'node:ffi is here' },
  async (t) => {
    await t.rejects(probeProgram(), { message: 'an upgrade in place needs node:ffi; stop and start instead' });
  },
);
