/** The thread that crypt(3) computes on; `crypt.ts` starts it. */
import { parentPort } from 'node:worker_threads';

import { loadLibcrypt } from './libcrypt.ts';

export interface CryptJob {
  readonly password: Uint8Array;
  readonly setting: string;
}

/** `isMissing`: there is no library. `text` is null when it could not do this. */
export interface CryptResult {
  readonly isMissing: boolean;
  readonly text: string | null;
}

const library = loadLibcrypt();

parentPort?.on('message', ({ password, setting }: CryptJob) => {
  const result: CryptResult = { isMissing: library === null, text: library?.crypt(password, setting) ?? null };
  password.fill(0);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(result);
});
