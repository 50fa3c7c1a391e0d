import fs from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import type { CertificatePair } from '../certificates/pair.ts';
import { writePemFile } from '../certificates/pem-file.ts';
import { reasonOf } from '../contract/errors.ts';
import type { CertificatePlan } from '../contract/plan.ts';
import { spawnProgram } from '../system/spawn.ts';
import { authorityFolder, filesOf, type PairFiles } from './certificate-files.ts';

export interface CertificateCommand {
  readonly name: string;
  readonly certificate: CertificatePlan;
  readonly state: string;
  /** What was judged and is served. */
  readonly pair: CertificatePair;
  /** `stderr`: the end of what it wrote there. */
  failed(reason: string, stderr?: string): void;
}

const longestMs = 60_000;
/** Characters of the end of its standard error. */
const maxStderr = 500;

/** The administrator's own program, with the master's rights: what it shall hand on may be readable for nobody else. */
export function runCertificateCommand(given: CertificateCommand): void {
  const { name, certificate } = given;
  if (certificate.kind === 'files' || certificate.command.length === 0) return;
  const known = turns.get(name);
  if (known !== undefined) return void (known.next = given);
  const turn: Turn = { next: null };
  turns.set(name, turn);
  const began = performance.now();
  void run(given).then(() => {
    // Whoever could make certificates change all the time would have a program of root's run all the time.
    const pause = Math.max(0, began + pauseMs - performance.now());
    setTimeout(() => {
      turns.delete(name);
      if (turn.next !== null) runCertificateCommand(turn.next);
    }, pause).unref();
  });
}

interface Turn {
  /** The newest that came while one was under way. */
  next: CertificateCommand | null;
}

const turns = new Map<string, Turn>();
const pauseMs = 10_000;

/** The program gets copies in the master's own folder: the public authority's are in one where workers may write. */
function handedFiles({ name, certificate, state, pair }: CertificateCommand): PairFiles {
  if (certificate.kind !== 'acme') return filesOf(name, certificate, state);
  const folder = join(authorityFolder(state), 'public');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  writePemFile(files.key, pair.key, 0o600);
  writePemFile(files.cert, pair.cert, 0o644);
  return files;
}

async function run(given: CertificateCommand): Promise<void> {
  const { name, certificate, failed } = given;
  const [path = '', ...args] = certificate.kind === 'files' ? [] : certificate.command;
  let stderr = '';
  try {
    const { cert, key } = handedFiles(given);
    const child = spawnProgram({
      path,
      argv: [path, ...args],
      env: {
        PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        PORTICO_CERTIFICATE_NAME: name,
        PORTICO_CERTIFICATE: cert,
        PORTICO_KEY: key,
      },
      directory: '/',
      stdio: [null, null, 'pipe'],
      onStderr: (chunk) => void (stderr = `${stderr}${chunk.toString()}`.slice(-4 * maxStderr)),
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
    const { status, signal } = await child.exited;
    clearTimeout(timer);
    if (status === 0) return;
    const how = signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`;
    failed(`${path}: ${how}`, endOf(stderr));
  } catch (error) {
    failed(`${path}: ${reasonOf(error)}`);
  }
}

/** On one line, for a terminal too; undefined where there is nothing. */
function endOf(text: string): string | undefined {
  const shown = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(-maxStderr);
  return shown === '' ? undefined : shown;
}
