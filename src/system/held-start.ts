import { accessSync, closeSync, constants, statSync, writeSync } from 'node:fs';

import type { Command } from '../contract/program.ts';
import { programPaths } from './find-program.ts';
import type { Libc } from './libc.ts';
import { makePipe } from './pipe.ts';

/**
 * A start in two steps: a shell (or perl) is started in the program's place, waits for our word, and becomes the program. What is set from outside
 * in between holds from the program's first instruction on, and for all that it starts in turn. posix_spawn knows neither limits nor
 * niceness, and ours must not change for the time of a start.
 */
export interface HeldStart {
  /** What is to be started instead. */
  readonly command: Command;
  /** What the shell waits at, as its descriptor 3. */
  readonly gate: number;
  /** Lets it become the program. */
  release(): void;
  /** Without a release before, it ends. */
  close(): void;
}

/** null: it has to begin at once. What cannot be started has to be told by its start, and who waits in its place may not be here. */
export function holdStart(c: Libc, command: Command): HeldStart | null {
  const path = programPaths(command.path, command.env['PATH']).find(isProgram);
  const words =
    path === undefined ? null : command.argv[0] === command.path ? byShell(command, path) : byPerl(command, path);
  if (words === null) return null;
  const { read, write } = makePipe(c);
  return {
    command: { ...command, ...words },
    gate: read,
    release() {
      try {
        writeSync(write, '\n');
      } catch {
        // It has been ended meanwhile: its exit is told as ever.
      }
    },
    close() {
      closeSync(read);
      closeSync(write);
    },
  };
}

type Words = Pick<Command, 'path' | 'argv' | 'env'>;

const shell = '/bin/sh';
const clean = '/usr/bin/env';
const shellScript = `read -r word <&3 || exit 125; exec 3<&-; exec ${clean} -i -- "$@"`;

/** The shell's own variables are left behind; words are words, whatever is in them. */
function byShell({ argv, env }: Command, path: string): Words | null {
  if (path.includes('=') || !isProgram(shell) || !isProgram(clean)) return null;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return { path: shell, argv: [shell, '-c', shellScript, shell, ...variables, path, ...argv.slice(1)], env: {} };
}

const perl = '/usr/bin/perl';
const perlScript = 'open my $gate, "<&=", 3; sysread $gate, my $word, 1 or exit 125; close $gate; exec {shift} @ARGV';

/** No shell of every system gives a program another argv[0] than its path. */
function byPerl({ argv, env }: Command, path: string): Words | null {
  if (!isProgram(perl) || Object.keys(env).some((name) => name.startsWith('PERL'))) return null;
  return { path: perl, argv: [perl, '-e', perlScript, '--', path, ...argv], env };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
