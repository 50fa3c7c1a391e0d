/** The port that a service of a subject has got. */
export type PortOf = (service: string) => number;

/** A daemon to be measured: how to start it in the foreground, and what it offers. */
export interface Subject {
  readonly name: string;
  /** Each gets a port; cases say by these names what they measure. */
  readonly services: readonly string[];
  /** Source addresses of the load; 1 for daemons that look names up and would wait for those of 127.0.0.2 and so on. */
  readonly sources: number;
  readonly env?: Readonly<Record<string, string>>;
  /** `folder` is its own, in which it is started. */
  command(port: PortOf, folder: string): readonly string[];
  files?(port: PortOf, folder: string): Readonly<Record<string, string>>;
  /** What else it needs in its folder before it is started. */
  prepare?(folder: string): void;
}

/** One that cannot be measured here. */
export interface Skipped {
  readonly name: string;
  readonly services: readonly string[];
  readonly why: string;
}
