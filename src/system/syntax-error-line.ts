import { execFile } from 'node:child_process';
import { basename } from 'node:path';

// Reading it takes a tenth of a second at the most; a machine that has more to do may need longer.
const timeoutMs = 10_000;

/**
 * The line of what makes this text no ES module; null where nothing does, or nobody can tell. Node shows the place only when it ends
 * because of it, so another one has to: it parses the text and runs nothing.
 */
export function syntaxErrorLine(text: string): Promise<number | null> {
  // Within a program of somebody else, this may be that program.
  if (!basename(process.execPath).startsWith('node')) return Promise.resolve(null);
  const { promise, resolve } = Promise.withResolvers<number | null>();
  // No NODE_OPTIONS: they may make it do something else.
  const options = { env: {}, timeout: timeoutMs };
  const child = execFile(process.execPath, ['--check', '--input-type=module', '-'], options, (_error, _out, told) => {
    const [, line] = /^\[stdin\]:(\d+)$/m.exec(told) ?? [];
    resolve(line === undefined ? null : Number(line));
  });
  // It may have ended, or never begun.
  child.stdin?.on('error', () => {});
  child.stdin?.end(text);
  return promise;
}
