import { spawnSync } from 'node:child_process';

import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { needProgram, needRoot } from '../support/peers.ts';

const skip = libc === null ? 'needs node:ffi' : false;
const source = JSON.stringify(import.meta.resolve('../../src/system/ambient-rights.ts'));

// capabilities(7): the tenth bit is CAP_NET_BIND_SERVICE.
const held = '0000000000000400';
const none = '0000000000000000';

/** What a process has that is root by name, and for the rest has what a service manager gave it. */
function run(setpriv: string, program: string): unknown {
  const right = ['--inh-caps=-all,+net_bind_service', '--ambient-caps=+net_bind_service', '--securebits=+noroot'];
  const { stdout, stderr } = spawnSync(
    setpriv,
    [...right, process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    { encoding: 'utf8' },
  );
  return stderr === '' ? JSON.parse(stdout) : stderr;
}

const helpers = `
  const { execFileSync } = await import('node:child_process');
  const { readFileSync } = await import('node:fs');
  const { withholdRights, passRightsOn } = await import(${source});
  const effective = (text) => /^CapEff:\\s*(.*)$/m.exec(text)[1];
  const own = () => effective(readFileSync('/proc/self/status', 'utf8'));
  const child = () => effective(execFileSync('/bin/cat', ['/proc/self/status'], { encoding: 'utf8' }));
`;

t.test('a right beyond those of the user is kept, and not handed on', { skip }, async (t) => {
  if (!needRoot(t, 'gives rights')) return;
  const setpriv = needProgram(t, 'setpriv');
  if (setpriv === null) return;
  const program = `${helpers}
    const before = [own(), child()];
    withholdRights();
    const withheld = [own(), child()];
    passRightsOn();
    const passedOn = [own(), child()];
    withholdRights();
    console.log(JSON.stringify({ before, withheld, passedOn, again: [own(), child()] }));`;
  t.same(run(setpriv, program), {
    before: [held, held],
    withheld: [held, none],
    passedOn: [held, held],
    again: [held, none],
  });
});

t.test('the program that the process becomes has it again', { skip }, async (t) => {
  if (!needRoot(t, 'gives rights')) return;
  const setpriv = needProgram(t, 'setpriv');
  if (setpriv === null) return;
  const next = `${helpers} console.log(JSON.stringify([own(), child()]));`;
  const program = `${helpers}
    withholdRights();
    passRightsOn();
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', ${JSON.stringify(next)}];
    process.execve(process.execPath, [process.execPath, ...args], process.env);`;
  t.same(run(setpriv, program), [held, held]);
});

t.test('where there is none, nothing happens', async (t) => {
  const { withholdRights, passRightsOn } = await import('../../src/system/ambient-rights.ts');
  withholdRights();
  passRightsOn();
  t.pass();
});
