/** Signals a program and all that it started in its group. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: all of them have ended. EPERM: they took on another identity, so that they are not ours to end.
  }
}
