import type { TrialAddress } from '../../contract/service.ts';

/** A shell command that asks for a path. */
export function trialRequest({ kind, host, port, path }: TrialAddress, target: string): string {
  if (kind === 'unix')
    return `curl --unix-socket '${path.replaceAll("'", String.raw`'\''`)}' http://localhost${target}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const authority = `${name.includes(':') ? `[${name}]` : name}:${port}`;
  return kind === 'tls' ? `curl -k https://${authority}${target}` : `curl http://${authority}${target}`;
}
