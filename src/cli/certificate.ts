import type { CertificateReport, CertificatesReport } from '../contract/control.ts';
import { exitCodes } from '../contract/errors.ts';
import type { RenewReply } from '../contract/registry.ts';
import type { Call, Command } from './commands.ts';
import { findDaemon } from './daemon.ts';
import { formatDuration, formatJson } from './format.ts';
import { UsageError } from './parse-arguments.ts';
import { printable } from './table.ts';

const certificate: Command = async (call) => {
  const [action = 'show', name] = call.words;
  switch (action) {
    case 'show':
      return await show(call, name);
    case 'renew':
      return await renew(call, name);
    default:
      throw new UsageError('certificate', `expected show or renew, got "${action}"`);
  }
};

export default certificate;

async function show(call: Call, name: string | undefined): Promise<number> {
  const daemon = await findDaemon(call);
  const report = await daemon.ask<CertificatesReport>({ command: 'certificates' });
  const certificates =
    name === undefined ? report.certificates : report.certificates.filter((each) => each.name === name);
  if (name !== undefined && certificates.length === 0) {
    call.terminal.err(`portico: there is no certificate called ${printable(name)}\n`);
    return exitCodes.negative;
  }
  const shown = { ...report, certificates };
  call.terminal.out(call.options.json === true ? formatJson(shown, 2) : render(shown));
  return exitCodes.ok;
}

async function renew(call: Call, name: string | undefined): Promise<number> {
  const daemon = await findDaemon(call);
  const reply = await daemon.order<RenewReply>({ command: 'renew', names: name === undefined ? [] : [name] });
  const { renewed, failed } = reply;
  if (call.options.json === true) call.terminal.out(formatJson({ renewed, failed }, 2));
  else if (renewed.length + failed.length === 0) call.terminal.out('no certificate is issued here\n');
  else {
    if (renewed.length > 0) call.terminal.out(`renewed: ${renewed.join(' ')}\n`);
    for (const each of failed) call.terminal.err(`${printable(`failed: ${each.name}: ${each.reason}`)}\n`);
  }
  return failed.length === 0 ? exitCodes.ok : exitCodes.negative;
}

function render({ authority, certificates }: CertificatesReport): string {
  if (certificates.length === 0) return 'no certificates\n';
  const parts = certificates.map(renderCertificate);
  if (authority !== null) parts.push(renderAuthority(authority));
  return parts.join('\n');
}

function renderCertificate(each: CertificateReport): string {
  const left = Date.parse(each.expires) - Date.now();
  const until = left > 0 ? `in ${formatDuration(left)}` : 'EXPIRED';
  return lines(each.name, [
    ['kind', each.kind],
    ['subject', each.subject],
    ['names', each.names.length === 0 ? 'none' : each.names.join(' ')],
    ['issuer', each.issuer],
    ['expires', `${each.expires} (${until})`],
    ['SHA-256', each.fingerprint],
    ['file', each.file],
    ['served by', each.served.length === 0 ? 'nothing' : each.served.join(', ')],
    ...(each.error === null ? [] : [['trouble', each.error] as const]),
    ...(each.again === null ? [] : [['next try', each.again] as const]),
  ]);
}

function renderAuthority(authority: NonNullable<CertificatesReport['authority']>): string {
  return lines('Local authority', [
    ['file', authority.file],
    ['subject', authority.subject],
    ['expires', authority.expires],
    ['SHA-256', authority.fingerprint],
    ['to trust', `curl --cacert ${authority.file} …`],
    ['Debian', `cp ${authority.file} /usr/local/share/ca-certificates/portico.crt && update-ca-certificates`],
    ['Fedora', `trust anchor ${authority.file}`],
  ]);
}

function lines(title: string, members: readonly (readonly [string, string])[]): string {
  const rows = members.map(([label, value]) => `  ${label.padEnd(9)}  ${value}`);
  // Names and subjects stand in files that others may have written.
  return `${[title, ...rows].map(printable).join('\n')}\n`;
}
