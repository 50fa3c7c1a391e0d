import type { Json } from '../../contract/bus.ts';
import { defineService, type TrialAddress } from '../../contract/service.ts';
import { createMailChecks, flawOfChecks, loadAuthenticate } from './checks.ts';
import { ownName, smtpOptions } from './options.ts';
import { createSmtpService } from './service.ts';

export default defineService({
  name: 'smtp',
  summary: 'Takes mail in, for mailboxes of accounts and for deliveries',
  transports: ['stream'],
  options: smtpOptions,
  example: `listen: tcp://127.0.0.1:2525
recipients: ["*@scans.example"]
max_size: 50MB`,
  trial: trialCommand,
  check({ checks }) {
    const flaw = flawOfChecks(checks);
    return flaw === null ? null : { path: 'checks', message: flaw };
  },
  receives: () => true,
  load: async (options) => (hasChecks(options) ? await loadAuthenticate() : null),
  async create(options, context) {
    const { checks: names } = options;
    if (names.length === 0) return createSmtpService(options, context, null);
    const checks = createMailChecks({ names, hostname: ownName(options), authenticate: await loadAuthenticate() });
    return createSmtpService(options, context, checks);
  },
});

function hasChecks(options: Json): boolean {
  const { checks } = (options ?? {}) as { checks?: Json };
  return Array.isArray(checks) && checks.length > 0;
}

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `printf 'EHLO me\\r\\nQUIT\\r\\n' | nc -U ${path}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = kind === 'tls' ? '-k smtps' : 'smtp';
  return `curl -X NOOP ${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
