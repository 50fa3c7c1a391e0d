import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import t from 'tap';

// The console is descriptor 2 of a process, so these tests look at one from outside.

const source = (name: string): string => new URL(`../../../src/logging/${name}`, import.meta.url).href;

const program = (body: string): string => `
  import { createLogging } from ${JSON.stringify(source('logging.ts'))};
  const plan = { level: 'info', facility: 'daemon', resolve: false, outputs: [{ kind: 'console', format: process.env.FORMAT ?? 'auto' }] };
  const logging = createLogging({ plan, name: 'portico' });
  const line = (message) => logging.logger.warning(message, { a: 1 });
  ${body}
`;

function run(body: string, stderr: 'pipe' | number, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { JOURNAL_STREAM: _, ...rest } = process.env;
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program(body)],
    {
      stdio: ['ignore', 'pipe', stderr],
      env: { ...rest, ...env },
    },
  );
}

async function outputOf(body: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = run(body, 'pipe', env);
  let text = '';
  for await (const chunk of child.stderr!) text += String(chunk);
  return text;
}

t.test('JSON where nothing else is asked for', async (t) => {
  const text = await outputOf(`line('hello'); await logging.flush();`);
  t.match(JSON.parse(text), { severity: 'warning', message: 'hello', a: 1 });
});

t.test('lines for the journal where there is one', async (t) => {
  const text = await outputOf(`line('hello'); await logging.flush();`, { JOURNAL_STREAM: '8:1234' });
  t.equal(text, '<4>hello a=1\n');
});

t.test('lines for people, without colours where there is no terminal', async (t) => {
  const text = await outputOf(`line('hello'); await logging.flush();`, { FORMAT: 'pretty' });
  t.match(text, /^\d\d:\d\d:\d\d\.\d{3} warning hello a=1\n$/);
});

t.test('the last lines are written when the process ends at once', async (t) => {
  const text = await outputOf(`line('last'); logging.flushSync(); process.exit(1);`, { FORMAT: 'syslog' });
  t.equal(text, '<4>last a=1\n');
});

t.test('a reader that stopped reading holds up neither the program nor its end', async (t) => {
  const child = run(
    `
      for (let i = 0; i < 3000; i += 1) line('x'.repeat(1000));
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log('alive');
      logging.flushSync();
      process.exit(3);
    `,
    'pipe',
  );
  // Nothing is read from its stderr until it has ended.
  const [word] = (await once(child.stdout!, 'data')) as [Buffer];
  t.equal(word.toString(), 'alive\n');
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 3);
  child.stderr!.destroy();
});

t.test('a reader that went away is no reason to end', async (t) => {
  const child = run(`line('x'); await logging.flush(); console.log('alive'); process.exit(4);`, 'pipe');
  child.stderr!.destroy();
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 4);
});

t.test('a file as standard error', async (t) => {
  const file = path.join(t.testdir({}), 'err');
  const fd = fs.openSync(file, 'w');
  const child = run(`line('one'); await logging.flush(); line('two'); await logging.flush();`, fd, {
    FORMAT: 'syslog',
  });
  await once(child, 'exit');
  fs.closeSync(fd);
  t.equal(fs.readFileSync(file, 'utf8'), '<4>one a=1\n<4>two a=1\n');
});
