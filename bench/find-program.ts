import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { PortOf, Skipped, Subject } from './subject.ts';

export const isRoot = process.getuid?.() === 0;

/** Null: it is not here. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  // The system's python, because it is the one with the system's packages.
  const paths = (name === 'python3' ? ['/usr/bin', ...folders] : folders).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** A file of this folder. */
export const benchFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Portico on a configuration. The paths that its workers need are readable for everybody, since as root they are somebody else. */
export function porticoSubject(
  name: string,
  services: readonly string[],
  configuration: (port: PortOf, folder: string) => string,
  rest: Partial<Subject> = {},
): Subject {
  return {
    name,
    services,
    sources: 8,
    ...rest,
    command: () => [process.execPath, benchFile('../bin/portico.js'), 'run', '-c', 'daemon.config.yaml'],
    files: (port, folder) => ({
      'daemon.config.yaml': configuration(port, folder),
      ...rest.files?.(port, folder),
    }),
  };
}

/** The first lines of every configuration: everything on that is on by default, and the log in a file. */
export function porticoHead(workers = 1): string {
  const user = isRoot ? ', user: nobody, group: nogroup' : '';
  return `daemon: { state: ./var, workers: ${workers}${user} }
logging: { outputs: [{ file: ./var/portico.log }] }
`;
}

/** Gathers who is here and who is not, with the reason. */
export function createRoster(): {
  readonly present: Subject[];
  readonly absent: Skipped[];
  add(make: (program: string) => Subject, program: string, missing?: string | null): void;
} {
  const present: Subject[] = [];
  const absent: Skipped[] = [];
  return {
    present,
    absent,
    add(make, program, missing = null) {
      const path = findProgram(program);
      const subject = make(path ?? '');
      if (path !== null && missing === null) present.push(subject);
      else
        absent.push({
          name: subject.name,
          services: subject.services,
          why: path === null ? `no ${program}` : (missing ?? ''),
        });
    },
  };
}
