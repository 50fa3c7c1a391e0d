import type { Status } from '../contract/control.ts';
import { exitCodes } from '../contract/errors.ts';
import type { Finding, FindingSeverity } from '../doctor/finding.ts';
import type { Call, Command } from './commands.ts';
import { findConfigFile } from './config-file.ts';
import { findDaemon, isNotRunning } from './daemon.ts';
import { formatJson } from './format.ts';
import { printable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

const doctor: Command = async (call) => {
  const { options, terminal, house } = call;
  const plan = await house.loadConfig(findConfigFile(call).name);
  const [{ examine }, status] = await Promise.all([import('../doctor/examine.ts'), statusIfRunning(call)]);
  const findings = await examine({ plan, status });
  terminal.out(options.json === true ? formatJson({ findings }, 2) : render(findings, terminal));
  return exitCodeOf(findings);
};

export default doctor;

/** null: none runs. */
async function statusIfRunning(call: Call): Promise<Status | null> {
  try {
    return await (await findDaemon(call)).status();
  } catch (error) {
    if (isNotRunning(error)) return null;
    throw error;
  }
}

const styles: Readonly<Record<FindingSeverity, Style>> = { error: 'red', warning: 'yellow', note: 'gray' };

function render(findings: readonly Finding[], terminal: Terminal): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ check, message, fix }) => {
        const head = `${terminal.style(styles[severity], severity)}  ${printable(`${check}: ${message}`)}\n`;
        return fix === null ? head : `${head}         ${printable(fix)}\n`;
      }),
  );
  const count = (severity: FindingSeverity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const sum =
    count('error') + count('warning') === 0
      ? 'nothing to mend'
      : `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`;
  return [...parts, `${sum}\n`].join('');
}

/** By the worst of them. */
function exitCodeOf(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === 'error')) return exitCodes.unavailable;
  return findings.some(({ severity }) => severity === 'warning') ? exitCodes.negative : exitCodes.ok;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
