import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type { Session } from '../../contract/session.ts';
import { startProgram, type ProgramRequest } from './start-program.ts';

/** As a pipeline would: the peer's end is the end of standard input, the program's last output ends the connection. */
export async function relayProgram(
  { stream, signal }: Session,
  request: Omit<ProgramRequest, 'socket' | 'signal'>,
): Promise<void> {
  // The peer is gone, or the session is over by a limit: nobody is left to work for.
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  signal.addEventListener('abort', leave);
  stream.once('close', leave);
  if (signal.aborted || stream.destroyed) return;

  const { child, ended } = startProgram({ ...request, socket: 'pipe', signal: gone.signal });
  const { stdin, stdout, stderr } = child;
  const outputs = [stdout, stderr].filter((output): output is Readable => output !== null);
  // A program need not read to the end. What else the peer sends has nowhere to go.
  stdin?.on('error', () => {}).once('close', () => stream.resume());
  if (stdin !== null) stream.pipe(stdin);
  for (const output of outputs) output.pipe(stream, { end: false });
  try {
    await Promise.all(outputs.map((output) => finished(output, { signal: gone.signal }).catch(() => {})));
    if (!gone.signal.aborted) stream.end();
    await ended;
  } finally {
    signal.removeEventListener('abort', leave);
    stream.off('close', leave);
    for (const pipe of [stdin, ...outputs]) pipe?.destroy();
  }
}
