import type { TrialAddress } from '../contract/service.ts';
import { shellWord } from './shell-word.ts';

/**
 * A shell command that talks to a service. `input` is a command whose output is sent first; null sends nothing, or an
 * empty line where nothing happens without a datagram.
 */
export function trialCommand(address: TrialAddress, input: string | null): string {
  const host = reachable(address.host);
  switch (address.kind) {
    case 'tcp':
      return feed(input, `nc -q 1 ${host} ${address.port}`);
    case 'unix':
      return feed(input, `nc -q 1 -U ${shellWord(address.path)}`);
    case 'udp':
      return `${input ?? 'echo'} | nc -u -w 1 ${host} ${address.port}`;
    case 'tls': {
      const target = `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
      const trust = address.authority === undefined ? '' : ` -CAfile ${shellWord(address.authority)}`;
      if (input === null) return `openssl s_client -quiet -connect ${target}${trust} </dev/null`;
      return `(${input}; sleep 1) | openssl s_client -quiet -no_ign_eof -connect ${target}${trust}`;
    }
  }
}

function feed(input: string | null, command: string): string {
  return input === null ? `${command.replace(' -q 1', '')} </dev/null` : `${input} | ${command}`;
}

/** "All addresses" is a place to listen at, not one to call. */
function reachable(host: string): string {
  if (host === '*' || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
