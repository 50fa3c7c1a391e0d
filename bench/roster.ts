import { findProgram } from './machine.ts';
import type { Skipped, Subject } from './subject.ts';

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
