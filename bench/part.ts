import type { Generator } from './generator.ts';
import type { RunningSubject } from './running-subject.ts';
import type { Settings } from './settings.ts';
import type { Skipped, Subject } from './subject.ts';
import type { Round } from './table.ts';

/** What all parts share. */
export interface Bench {
  readonly settings: Settings;
  readonly generator: Generator;
  /** A folder on a disk, removed afterwards. */
  readonly folder: string;
  /** A folder in memory where there is one, removed afterwards. */
  readonly memoryFolder: string;
}

/** One way to load one service. */
export interface Case {
  /** For --only: the part and what is different here, such as `ftp-retr`. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly service: string;
  /** What the CPU time is for, where it is not for each operation. */
  readonly cpuUnit?: string;
  /** Loads a subject that runs. */
  measure?(running: RunningSubject): Promise<Round>;
  /** In place of `measure`: starts the subject, and ends it. */
  measureStopped?(start: () => Promise<RunningSubject>): Promise<Round>;
}

/** Daemons that are measured in the same rounds, and how. */
export interface Part {
  readonly present: readonly Subject[];
  readonly absent: readonly Skipped[];
  readonly cases: readonly Case[];
  close?(): Promise<void> | void;
}

export type OpenPart = (bench: Bench) => Part | Promise<Part>;
