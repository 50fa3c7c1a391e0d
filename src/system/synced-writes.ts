import { constants } from 'node:fs';

/**
 * To open a file with: what is written is on disk when the call returns, as with fdatasync(2) after it but without a second way to
 * another thread. 0 where it says less than Node's fsync: on macOS a disk may keep it in memory.
 */
export const syncedWrites: number = process.platform === 'linux' ? constants.O_DSYNC : 0;
