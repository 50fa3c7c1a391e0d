/**
 * Runs something that warns of being experimental, without the warning: we know, and a daemon's log is no place for it.
 * Only for calls that return at once; every other warning of the process stays.
 */
export function quietly<Result>(run: () => Result): Result {
  // oxlint-disable-next-line typescript/unbound-method -- only put back, never called
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}
