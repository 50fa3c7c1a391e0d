import { findFfi } from './ffi.ts';
import { signatures } from './libc-signatures.ts';

/**
 * The C library, through node:ffi: nowhere else is it called from. A wrong signature here crashes the
 * process, so each is called by a test. The rule of use: pointers are passed as typed arrays that live in the caller's
 * hands until the call returns; an address (`addressOf`) may stand inside a structure only for the time of one call.
 *
 * null without node:ffi (`--no-experimental-ffi`), with PORTICO_NO_FFI=1, and where the constants are not known to hold.
 */
export const libc: Libc | null = load();

export type Libc = NonNullable<ReturnType<typeof load>>;

function load() {
  const ffi = findFfi();
  // Never closed: the functions are those of this process. One that is missing, or a Node that forbids it, means the same
  // as no node:ffi: every user has another way.
  const loaded = ffi === null ? null : optional(() => ffi.dlopen(null, signatures));
  if (ffi === null || loaded === null) return null;
  const { lib, functions } = loaded;
  // errno belongs to the thread, and its place does not change while the thread lives.
  const errnoAt = functions.__errno_location();
  return {
    ...functions,
    /** glibc 2.34 and later; musl has none. */
    closeFrom: optional(() =>
      lib.getFunction('posix_spawn_file_actions_addclosefrom_np', { arguments: ['pointer', 'i32'], return: 'i32' }),
    ),
    /** What the last call that failed left behind. To be read before anything else is called. */
    errno: (): number => ffi.getInt32(errnoAt),
    addressOf: (memory: ArrayBuffer | NodeJS.ArrayBufferView): bigint => ffi.getRawPointer(memory),
  };
}

function optional<Found>(find: () => Found): Found | null {
  try {
    return find();
  } catch {
    return null;
  }
}
