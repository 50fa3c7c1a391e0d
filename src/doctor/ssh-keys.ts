import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { Finding, Patient } from './finding.ts';
import { flawOfPrivateKey } from './private-key.ts';

/** Whether what SFTP servers are known by, and what deliveries by SFTP log in with, are private keys that can be used. */
export function checkSshKeys({ plan }: Patient): readonly Finding[] {
  const ofServices = plan.services
    .filter(({ type, enabled }) => enabled && type === 'sftp')
    .flatMap(({ name, options, base }) => {
      const paths = member(options, 'host_keys');
      if (!Array.isArray(paths)) return [];
      return paths.flatMap((path) => judge(path, { base, of: `the service ${name}`, hasPassphrase: false }));
    });
  const ofDeliveries = Object.entries(plan.deliveries)
    .filter(([, { type }]) => type === 'sftp')
    .flatMap(([name, { options, base }]) => {
      const hasPassphrase = member(options, 'passphrase') !== undefined;
      return judge(member(options, 'key'), { base, of: `the delivery ${name}`, hasPassphrase });
    });
  return [...ofServices, ...ofDeliveries];
}

interface Place {
  readonly base: string;
  readonly of: string;
  readonly hasPassphrase: boolean;
}

function judge(path: Json | undefined, { base, of, hasPassphrase }: Place): readonly Finding[] {
  if (typeof path !== 'string') return [];
  const file = resolve(base, path);
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    // Whether it is there, and for whom, is told with the other files.
    return [];
  }
  const flaw = flawOfPrivateKey(text, hasPassphrase);
  if (flaw === null) return [];
  const fix = flaw === 'has a passphrase' ? `ssh-keygen -p -N '' -f ${file}` : null;
  return [{ severity: 'error', check: 'ssh keys', message: `${file}, a key of ${of}, ${flaw}`, fix }];
}

function member(options: Json, name: string): Json | undefined {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
    ? (options as Readonly<Record<string, Json>>)[name]
    : undefined;
}
