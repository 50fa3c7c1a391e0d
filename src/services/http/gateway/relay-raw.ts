import { once } from 'node:events';
import type { Socket } from 'node:net';

import type { HttpError } from '../route.ts';
import { brokenOutput, type OutputRelay, type Relayed, type RelayOptions } from './relay-output.ts';

/** What a program writes is the answer itself, status line and all (RFC 3875 5), and its end is the connection's. */
export function relayRaw({ exchange, output, source, touch }: RelayOptions): OutputRelay {
  const { response } = exchange;
  const { promise: done, resolve, reject } = Promise.withResolvers<Relayed>();
  let socket: Socket | null = null;
  let isBegun = false;
  let isBlocked = false;
  let isOver = false;

  const settle = (): void => {
    isOver = true;
    output.off('data', take);
    if (!output.destroyed) output.resume();
  };
  const fail = (error: HttpError): void => {
    if (isOver) return;
    settle();
    if (!isBegun && !response.destroyed) return reject(error);
    response.destroy();
    resolve({ target: null, isBroken: true });
  };
  const take = (chunk: Buffer): void => {
    touch();
    isBegun = true;
    if (socket === null || socket.write(chunk)) return;
    isBlocked = true;
    output.pause();
    socket.once('drain', () => {
      isBlocked = false;
      output.resume();
    });
  };
  const finish = (): void => {
    if (isOver) return;
    if (!isBegun || socket === null) return fail(brokenOutput(source, 'The program ended without an answer.'));
    settle();
    // Nothing else can follow: who knows how this answer ended.
    socket.end(() => resolve({ target: null, isBroken: false }));
    socket.destroySoon();
  };
  const begin = (): void => {
    socket = response.socket;
    output.on('data', take);
    output.once('end', finish);
    output.once('close', finish);
  };
  output.once('error', () => fail(brokenOutput(source, 'The program broke off.')));
  // Answers to what the peer asked before go first.
  if (response.socket !== null) begin();
  else void once(response, 'socket').then(begin, () => {});
  return {
    done,
    get isBlocked() {
      return isBlocked || socket === null;
    },
    fail,
  };
}
