import type { Status } from '../contract/control.ts';
import type { Mistake } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { ServiceModule } from '../contract/service.ts';

/**
 * What the commands need of the rest of the program. `main.ts` gives it; each member loads its part only when it is
 * called, so that `status` does not wait for the code of the daemon.
 */
export interface House {
  version(): Promise<string>;
  /** Of these types; default: all. */
  services(types?: Iterable<string>): Promise<ReadonlyMap<string, ServiceModule>>;
  /** Throws a ConfigError with all mistakes. */
  loadConfig(file: string): Promise<Plan>;
  /** Excerpts with carets. */
  renderMistakes(mistakes: readonly Mistake[]): Promise<string>;
  configSchema(): Promise<unknown>;
  describeOptions(module: ServiceModule): Promise<readonly OptionDescription[]>;
  /** Resolves with the exit code when the daemon has ended. */
  runDaemon(options: {
    readonly file: string;
    readonly ready?: (status: Status, plan: Pick<Plan, 'services' | 'certificates' | 'daemon'>) => void;
  }): Promise<number>;
}

export interface OptionDescription {
  readonly name: string;
  /** Such as "size" or "none|optional|required". */
  readonly type: string;
  /** As it would be written; null when there is none. */
  readonly default: string | null;
  readonly isRequired: boolean;
  readonly description: string;
}
