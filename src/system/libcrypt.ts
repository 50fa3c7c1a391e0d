import { findFfi } from './ffi.ts';

/** crypt(3) of the system. It computes on the thread that calls it, for up to seconds. */
export interface Libcrypt {
  /** The whole string, or null when this library does not know the setting's method, or cannot do it. */
  crypt(password: Uint8Array, setting: string): string | null;
}

// libxcrypt's crypt_data has 32 KB, glibc's old one 128 KB, musl's 260 bytes.
const dataBytes = 262_144;

// libxcrypt under its old and its new name; musl has crypt in libc itself, which is the process's own.
const libraries = ['libcrypt.so.1', 'libcrypt.so.2', null];

/** null where there is no node:ffi, or no such library. */
export function loadLibcrypt(): Libcrypt | null {
  const ffi = findFfi();
  if (ffi === null) return null;
  for (const name of libraries) {
    try {
      const { lib, functions } = ffi.dlopen(name, {
        crypt_r: { arguments: ['pointer', 'pointer', 'pointer'], return: 'pointer' },
      });
      return {
        crypt(password, setting) {
          // Zeroed for each call: it says that nothing was computed before.
          const data = Buffer.alloc(dataBytes);
          const result = functions.crypt_r(
            Buffer.concat([password, Buffer.alloc(1)]),
            Buffer.from(`${setting}\0`),
            data,
          );
          const text = result === 0n ? null : ffi.toString(result);
          data.fill(0);
          // crypt(3): "*0" and "*1" are what no hash looks like. The library has to stay loaded as long as this can be called.
          return lib === null || text === null || text.startsWith('*') ? null : text;
        },
      };
    } catch {
      // Not under this name.
    }
  }
  return null;
}
