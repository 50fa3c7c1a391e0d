import fs from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import { runCertificateCommand, type CertificateCommand } from '../../src/master/certificate-command.ts';
import { acmePlan } from '../support/plans.ts';

interface Timer {
  fire(): void;
}

interface Bench {
  readonly state: string;
  /** What the programs have written. */
  written(): string;
  /** A certificate of the public authority has this text from now on. */
  hand(name: string, text: string, more?: Partial<CertificateCommand>): void;
  /** What failed, in order. */
  readonly failures: readonly string[];
  /** The next pause of ten seconds after a program: it has ended. */
  paused(): Promise<Timer>;
  /** Those of a minute, each for a program. */
  readonly deadlines: readonly Timer[];
}

/** Names are told apart by who asks, so each test has its own. */
function setUp(t: Test, script = 'cat "$PORTICO_CERTIFICATE" >> "$0"'): Bench {
  const state = t.testdir({});
  const output = join(state, 'written');
  const pauses: Timer[] = [];
  const deadlines: Timer[] = [];
  const failures: string[] = [];
  const original = globalThis.setTimeout;
  mock.method(performance, 'now', () => 0);
  mock.method(globalThis, 'setTimeout', (fire: () => void, ms: number) => {
    const timers = { 10_000: pauses, 60_000: deadlines }[ms];
    if (timers === undefined) return original(fire, ms);
    timers.push({ fire });
    return { unref() {} };
  });
  t.teardown(() => mock.restoreAll());
  return {
    state,
    written: () => (fs.existsSync(output) ? fs.readFileSync(output, 'utf8') : ''),
    hand: (name, text, more = {}) =>
      runCertificateCommand({
        name,
        certificate: acmePlan({ command: ['/bin/sh', '-c', script, output] }),
        state,
        pair: { cert: `cert ${text}\n`, key: `key ${text}\n` },
        failed: (reason, stderr) => void failures.push(stderr === undefined ? reason : `${reason}: ${stderr}`),
        ...more,
      }),
    failures,
    async paused() {
      while (pauses.length === 0) await turn();
      return pauses.shift() as Timer;
    },
    deadlines,
  };
}

t.test('one that ends well is not told', async (t) => {
  const { hand, paused, written, failures } = setUp(t);
  hand('well', 'a');
  await paused();
  t.equal(written(), 'cert a\n');
  t.same(failures, []);
});

t.test('where there is none, nothing is done', async (t) => {
  const { hand, state, failures, deadlines } = setUp(t);
  hand('none', 'a', { certificate: acmePlan({ command: [] }) });
  hand('none', 'a', { certificate: { kind: 'files', cert: '/c', key: '/k', passphrase: null } });
  t.same(fs.readdirSync(state), []);
  t.same([failures, deadlines], [[], []]);
});

t.test('one program at a time for each certificate, and the next has the newest', async (t) => {
  const { hand, paused, written } = setUp(t);
  for (const text of ['a', 'b', 'c']) hand('turns', text);
  const pause = await paused();
  t.equal(written(), 'cert a\n');
  hand('turns', 'd');
  await turn();
  t.equal(written(), 'cert a\n', 'nor in the pause after it');
  pause.fire();
  const last = await paused();
  t.equal(written(), 'cert a\ncert d\n');
  last.fire();
  await turn();
  t.equal(written(), 'cert a\ncert d\n', 'nobody has asked for more');
  hand('turns', 'e');
  await paused();
  t.equal(written(), 'cert a\ncert d\ncert e\n');
});

t.test('certificates do not wait for each other', async (t) => {
  const { hand, paused, written } = setUp(t);
  hand('one', 'a');
  hand('other', 'b');
  await paused();
  await paused();
  t.same(written().trim().split('\n').toSorted(), ['cert a', 'cert b']);
});

t.test('one that fails is followed by the next all the same', async (t) => {
  const { hand, paused, failures } = setUp(t, 'echo "no $PORTICO_CERTIFICATE_NAME" >&2; exit 3');
  hand('fails', 'a');
  hand('fails', 'b');
  (await paused()).fire();
  await paused();
  t.same(failures, ['/bin/sh: it ended with status 3: no fails', '/bin/sh: it ended with status 3: no fails']);
});

t.test('one that does not end is ended after a minute', async (t) => {
  const { hand, paused, failures, deadlines } = setUp(t, 'exec sleep 1000');
  hand('long', 'a');
  t.equal(deadlines.length, 1);
  deadlines[0]?.fire();
  await paused();
  t.same(failures, ['/bin/sh: it was ended by SIGKILL']);
});

t.test('what a public authority has issued is handed on as copies where nobody else can write', async (t) => {
  const { hand, paused, written, state } = setUp(t, 'echo "$PORTICO_CERTIFICATE" "$PORTICO_KEY" > "$0"');
  fs.mkdirSync(join(state, 'acme'));
  fs.writeFileSync(join(state, 'secret'), 'of somebody else');
  for (const half of ['pem', 'key']) fs.symlinkSync(join(state, 'secret'), join(state, `acme/public.${half}`));
  hand('public', 'a');
  await paused();
  const folder = join(state, 'ca/public');
  const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;
  t.equal(written(), `${folder}/public.pem ${folder}/public.key\n`);
  t.equal(fs.readFileSync(join(folder, 'public.pem'), 'utf8'), 'cert a\n');
  t.equal(fs.readFileSync(join(folder, 'public.key'), 'utf8'), 'key a\n');
  t.same([modeOf(folder), modeOf(join(folder, 'public.key'))], [0o700, 0o600]);
  t.equal(fs.readFileSync(join(state, 'secret'), 'utf8'), 'of somebody else');
});

t.test('those of the local authority are where they are', async (t) => {
  const script = 'echo "$PORTICO_CERTIFICATE" "$PORTICO_KEY" > "$0"';
  const { hand, paused, written, state } = setUp(t);
  const command = ['/bin/sh', '-c', script, join(state, 'written')];
  hand('own', 'a', { certificate: { kind: 'self_signed', names: ['localhost'], command } });
  await paused();
  t.equal(written(), `${state}/ca/issued/own.pem ${state}/ca/issued/own.key\n`);
  t.same(fs.readdirSync(state), ['written']);
});

t.test('copies that cannot be made are a reason not to run it', async (t) => {
  const { hand, paused, failures, written, state } = setUp(t);
  fs.writeFileSync(join(state, 'ca'), 'in the way');
  hand('stuck', 'a');
  await paused();
  t.equal(failures.length, 1);
  t.match(failures[0], /^\/bin\/sh: .*ENOTDIR|^\/bin\/sh: .*EEXIST/);
  t.equal(written(), '');
});
