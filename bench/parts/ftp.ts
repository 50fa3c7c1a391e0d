import { join } from 'node:path';

import type { OpenPart } from '../part.ts';
import { makeCertificate } from './certificate.ts';
import { ftpCases } from './ftp-cases.ts';
import { findFtpSubjects } from './ftp-subjects.ts';
import { makeTree } from './tree.ts';

export const openFtp: OpenPart = (bench) => {
  const load = bench.generator.compile('load/ftp', '-pthread');
  const memory = makeTree(join(bench.memoryFolder, 'ftp'), bench);
  const disk = makeTree(join(bench.folder, 'ftp'), bench);
  const { present, absent } = findFtpSubjects(memory.root, disk.root, makeCertificate(bench.folder));
  if (load !== null) return { present, absent, cases: ftpCases(bench, load, memory, disk) };
  return { present: [], absent: [...present].map((one) => ({ ...one, why: 'no C compiler for the load' })), cases: [] };
};
