import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** What one run of the load reports. */
export interface Load {
  /** Per second, without the warm-up. */
  readonly rate: number;
  /** All of the run, warm-up included: what the CPU time was spent for. */
  readonly operations: number;
  readonly errors: number;
  readonly lost: number;
}

export interface Held {
  release(): Promise<void>;
}

type Words = readonly (string | number)[];

export interface Generator {
  readonly isCompiled: boolean;
  /** The program that the exec services start: it writes a line and ends. */
  readonly tiny: string;
  run(kind: 'echo' | 'read' | 'udp', port: number, count: number, seconds: number, last: number): Promise<Load>;
  /** Opens idle connections; `release` closes them. */
  hold(port: number, count: number): Promise<Held>;
  /** Compiles a program of bench/load or bench/peers; null where it cannot be. */
  compile(name: string, ...flags: string[]): string | null;
}

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Compiles load.c and tiny.c into a folder; without a compiler, Node.js makes the load. */
export function createGenerator(into: string): Generator {
  const load = compile('load/load');
  const tiny = compile('load/tiny', '-static');
  const command = load !== null && tiny !== null ? [load] : [process.execPath, join(folder, 'load/load.ts')];
  return {
    isCompiled: command.length === 1,
    tiny: tiny ?? '/bin/hostname',
    run: (kind, port, count, seconds, last) => runLoad([...command, kind, port, count, seconds, last]),
    hold: (port, count) => holdLoad([...command, 'idle', port, count]),
    compile,
  };

  function compile(name: string, ...flags: string[]): string | null {
    const program = join(into, name.replaceAll('/', '-'));
    // Libraries stand behind the source that needs them.
    const args = ['-O2', '-o', program, join(folder, `${name}.c`), ...flags];
    return spawnSync('cc', args, { stdio: 'ignore' }).status === 0 ? program : null;
  }
}

/** Runs a program that reports a Load as JSON. */
export async function runLoad(words: Words): Promise<Load> {
  return JSON.parse(await runProgram(words)) as Load;
}

/** What a program writes; throws when it fails. */
export async function runProgram(words: Words, input = ''): Promise<string> {
  const [program = '', ...args] = words.map(String);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}).end(input);
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const said = Buffer.concat(errors).toString().trim().split('\n').at(-1) ?? '';
  if (code !== 0) throw new Error(`${program.split('/').at(-1)} ended with ${code}: ${said}`);
  return Buffer.concat(output).toString();
}

/** Starts a program that says something when all its connections are open, and holds them until its stdin ends. */
export async function holdLoad(words: Words): Promise<Held> {
  const [program = '', ...args] = words.map(String);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'close');
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`the connections could not be opened: ${code as number}`))),
  ]);
  return {
    async release() {
      child.stdin.end();
      await exited;
    },
  };
}
