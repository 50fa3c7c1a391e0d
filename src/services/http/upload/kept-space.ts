import type { DiskSpace } from '../../../contract/disk.ts';

/** The space that is kept on the disk for one thing. */
export interface KeptSpace {
  /** Before so many bytes more are written. Throws a NoSpaceError where there is no room for them. */
  need(bytes: number): Promise<void>;
  /** They are written. */
  wrote(bytes: number): void;
  /** Nothing more will come: what was announced and did not come, or was taken ahead, is anybody's again. */
  giveBack(): void;
}

// Of what nobody has announced, so much is taken at once when it has become large.
const step = 4 * 1024 ** 2;

/** `announced`: bytes that are kept from now on. Throws a NoSpaceError where they do not fit; with 0, where nothing would. */
export async function keepSpace(space: DiskSpace, announced: number): Promise<KeptSpace> {
  await space.take(announced);
  let kept = announced;
  let written = 0;
  return {
    async need(bytes) {
      if (kept >= bytes) return;
      const more = written < step ? bytes - kept : Math.max(bytes, step);
      await space.take(more);
      kept += more;
    },
    wrote(bytes) {
      kept -= bytes;
      written += bytes;
      space.wrote(bytes);
    },
    giveBack() {
      space.giveBack(kept);
      kept = 0;
    },
  };
}
