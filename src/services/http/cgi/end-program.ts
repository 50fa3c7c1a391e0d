import type { Child } from '../../../contract/program.ts';

// How long a program may take to end after SIGTERM.
const graceMs = 5_000;

/** SIGTERM to the program and its group, SIGKILL if that was not enough. */
export function endProgram(child: Child): void {
  ended.add(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  void child.exited.then(() => clearTimeout(timer));
}

const ended = new WeakSet<Child>();

/** Whether it was we who told it to end. */
export function wasEnded(child: Child): boolean {
  return ended.has(child);
}
