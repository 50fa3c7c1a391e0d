import type { Child } from '../../../contract/program.ts';

// How long a program may take to end after SIGTERM.
const graceMs = 5_000;

/** SIGTERM to the program and its group, SIGKILL if that was not enough. */
export function endProgram(child: Pick<Child, 'kill' | 'exited'>): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  void child.exited.then(() => clearTimeout(timer));
}
