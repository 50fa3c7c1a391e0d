import { basename } from 'node:path';

export interface ProgramLine {
  readonly program: string;
  /** argv[0] first. */
  readonly argv: readonly string[];
}

/** What tcpd(8) would have started: its argv[0] names the program, and that one's base name is the daemon's in hosts.allow. */
export function unwrapTcpd({ program, argv }: ProgramLine): (ProgramLine & { readonly daemon: string }) | null {
  const [real, ...rest] = argv;
  if (basename(program) !== 'tcpd' || real === undefined || real === '') return null;
  const daemon = basename(real);
  // A name alone is looked for where tcpd was built to look, with Debian /usr/sbin.
  return { program: real.startsWith('/') ? real : `/usr/sbin/${real}`, argv: [daemon, ...rest], daemon };
}

/** The options of `exec` for a program. */
export function programOptions(
  { program, argv, wait }: ProgramLine & { readonly wait: boolean },
  remarks: string[],
): Record<string, unknown> {
  const [argv0, ...args] = argv;
  if (argv0?.startsWith('-') === true) {
    remarks.push(`the first argument is the program's own name: "${argv0}" is no option to it, there as here`);
  }
  return {
    command: [program, ...args],
    ...(argv0 === undefined || argv0 === program ? {} : { argv0 }),
    ...(wait ? { wait: true } : {}),
  };
}
