import { quietly } from './quietly.ts';

/**
 * node:ffi, or null without it (`--no-experimental-ffi`), with PORTICO_NO_FFI=1, and where the constants and signatures of this
 * folder are not known to hold.
 */
export function findFfi(): typeof import('node:ffi') | null {
  if (process.env['PORTICO_NO_FFI'] === '1') return null;
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
  return quietly(() => process.getBuiltinModule('node:ffi') as typeof import('node:ffi') | undefined) ?? null;
}
