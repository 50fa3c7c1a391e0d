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

export interface Generator {
  readonly isCompiled: boolean;
  /** The program that the exec services start: it writes a line and ends. */
  readonly tiny: string;
  run(kind: 'echo' | 'read' | 'udp', port: number, count: number, seconds: number, last: number): Promise<Load>;
  /** Opens idle connections; `release` closes them. */
  hold(port: number, count: number): Promise<{ release(): Promise<void> }>;
}

const folder = fileURLToPath(new URL('load/', import.meta.url));

/** Compiles load.c and tiny.c into a folder; without a compiler, Node.js makes the load. */
export function createGenerator(into: string): Generator {
  const isCompiled = compile('load', into) && compile('tiny', into, '-static');
  const command = isCompiled ? [join(into, 'load')] : [process.execPath, join(folder, 'load.ts')];
  const start = (words: readonly (string | number)[]) => {
    const [program = '', ...args] = [...command, ...words.map(String)];
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  };
  return {
    isCompiled,
    tiny: isCompiled ? join(into, 'tiny') : '/bin/hostname',
    async run(kind, port, count, seconds, last) {
      const child = start([kind, port, count, seconds, last]);
      const text: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => text.push(chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`the load ended with ${code}`);
      return JSON.parse(Buffer.concat(text).toString()) as Load;
    },
    async hold(port, count) {
      const child = start(['idle', port, count]);
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
    },
  };
}

function compile(name: string, into: string, ...flags: string[]): boolean {
  const source = join(folder, `${name}.c`);
  return spawnSync('cc', ['-O2', ...flags, '-o', join(into, name), source], { stdio: 'ignore' }).status === 0;
}
