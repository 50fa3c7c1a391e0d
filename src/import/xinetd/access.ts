import type { AccessDraft } from '../draft.ts';
import { everybody, readName, readNetwork } from '../networks.ts';

export interface XinetdAccess {
  readonly access: AccessDraft;
  readonly remarks: readonly string[];
  readonly isLoose: boolean;
}

/** `only_from` and `no_access`, of which the better match wins, as with us; null: not given. */
export function accessOf(onlyFrom: readonly string[] | null, noAccess: readonly string[] | null): XinetdAccess {
  const remarks: string[] = [];
  const convert = (words: readonly string[], attribute: string): { patterns: string[]; isWhole: boolean } => {
    const each = words.map((word) => {
      const patterns = patternsOf(word);
      if (patterns === null) remarks.push(`left out: "${word}" of ${attribute} is no address, network or name`);
      return patterns;
    });
    return { patterns: [...new Set(each.flatMap((patterns) => patterns ?? []))], isWhole: !each.includes(null) };
  };
  const allow = convert(onlyFrom ?? [], 'only_from');
  const deny = convert(noAccess ?? [], 'no_access');
  // xinetd.conf(5): "only_from" without a value is nobody.
  const isNobody = onlyFrom !== null && allow.patterns.length === 0;
  const isEveryone = allow.patterns.includes('0.0.0.0/0') && allow.patterns.includes('::/0');
  const refused = isNobody ? [...everybody] : deny.patterns;
  const access = {
    ...(isNobody || allow.patterns.length === 0 || (isEveryone && refused.length === 0)
      ? {}
      : { allow: allow.patterns }),
    ...(refused.length === 0 ? {} : { deny: refused }),
  };
  return { access, remarks, isLoose: !deny.isWhole };
}

/** An address whose last bytes are 0 is a network; "1.2.3.{4,5}" are two addresses. */
function patternsOf(word: string): readonly string[] | null {
  const factors = /^((?:\d{1,3}\.){1,3})\{([\d,]+)\}$/.exec(word);
  if (factors !== null) {
    const each = (factors[2] ?? '').split(',').filter((part) => part !== '');
    const found = each.map((last) => addressOrNetwork(complete(`${factors[1]}${last}`)));
    return found.length === 0 || found.includes(null) ? null : found.map(String);
  }
  const pattern = addressOrNetwork(complete(word)) ?? (word.includes('/') ? null : readName(word));
  return pattern === null ? null : [pattern];
}

/** Fewer than four bytes are taken for the first ones. */
function complete(word: string): string {
  const bytes = /^\d{1,3}(?:\.\d{1,3}){0,2}\.?$/.test(word) ? word.replace(/\.$/, '').split('.') : null;
  return bytes === null ? word : [...bytes, '0', '0', '0'].slice(0, 4).join('.');
}

function addressOrNetwork(word: string): string | null {
  const network = readNetwork(word);
  if (network === null || !/^\d+\.\d+\.\d+\.0$/.test(network)) return network === '::' ? '::/0' : network;
  const bytes = network.replace(/(?:\.0)+$/, '').split('.');
  return bytes[0] === '0' && bytes.length === 1 ? '0.0.0.0/0' : `${network}/${8 * bytes.length}`;
}
