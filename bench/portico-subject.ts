import { benchFile, isRoot } from './machine.ts';
import type { PortOf, Subject } from './subject.ts';

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
