import { closeSync, readSync } from 'node:fs';
import type { Test } from 'tap';

import { linux } from '../../src/system/constants.ts';
import { libc } from '../../src/system/libc.ts';
import { watchReadable } from '../../src/system/readiness.ts';
import { encodeUnixAddress } from '../../src/system/socket-address.ts';

/** A bound unix datagram socket, which Node has none of. Needs node:ffi. */
export function bindUnixDatagrams(t: Test, path: string) {
  const fd = libc!.socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC, 0);
  const address = encodeUnixAddress(path);
  t.equal(libc!.bind(fd, address, address.length), 0, `bind ${path}`);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  t.teardown(close);
  const bytes = Buffer.alloc(64 * 1024);
  return {
    close,
    async receive(): Promise<string> {
      await watchReadable(fd, new AbortController().signal);
      return bytes.toString('utf8', 0, readSync(fd, bytes));
    },
  };
}
