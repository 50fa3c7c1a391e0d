import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { isRoot } from '../find-program.ts';
import type { Bench, OpenPart } from '../part.ts';
import { makeCertificate } from './certificate.ts';
import { ftpCases } from './ftp-cases.ts';
import { findFtpSubjects } from './ftp-subjects.ts';

/** Where the files are that FTP and SFTP transfer. Everybody may read the large one, and write beside it. */
export interface Tree {
  readonly root: string;
  /** Removes what was sent. */
  clean(): void;
}

export const openFtp: OpenPart = (bench) => {
  const load = bench.generator.compile('load/ftp', '-pthread');
  const memory = makeTree(join(bench.memoryFolder, 'ftp'), bench);
  const disk = makeTree(join(bench.folder, 'ftp'), bench);
  const { present, absent } = findFtpSubjects(memory.root, disk.root, makeCertificate(bench.folder));
  if (load !== null) return { present, absent, cases: ftpCases(bench, load, memory, disk) };
  return { present: [], absent: [...present].map((one) => ({ ...one, why: 'no C compiler for the load' })), cases: [] };
};

export function makeTree(root: string, { settings }: Bench): Tree {
  const folder = join(root, 'pub');
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(root, 0o755);
  // Portico's workers keep uploads in the root until they are whole; vsftpd shows anonymous peers no root that they could write to.
  if (isRoot) spawnSync('chown', ['nobody', root]);
  fs.chmodSync(folder, 0o777);
  const block = Buffer.alloc(1 << 20, 'x');
  const file = fs.openSync(join(folder, 'large'), 'w');
  for (let i = 0; i < settings.mebibytes; i += 1) fs.writeSync(file, block);
  fs.closeSync(file);
  return {
    root,
    clean() {
      for (const name of fs.readdirSync(folder))
        if (name !== 'large') fs.rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}
