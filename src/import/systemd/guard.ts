import type { Draft } from '../draft.ts';
import { translateFirstMatch, type OrderedRule } from '../first-match.ts';
import { everybody, readNetwork } from '../networks.ts';
import type { Unit } from './units.ts';

/** IPAddressAllow and IPAddressDeny (systemd.resource-control(5)): who is allowed is let in, then who is denied is not, then all are. */
export function guardUnit(draft: Draft, socket: Unit, service: Unit): void {
  const rules = (['IPAddressAllow', 'IPAddressDeny'] as const).flatMap((key) => rulesOf(draft, key, socket, service));
  const { access, remarks } = translateFirstMatch(rules);
  draft.remarks.push(...remarks);
  if (draft.options['wait'] !== true) draft.access = access;
  else if (Object.keys(access).length > 0) {
    draft.isEnabled = false;
    draft.remarks.push(
      'not enabled: nobody looks at who sends to a socket that the program has itself, and access was limited',
    );
  }
}

function rulesOf(draft: Draft, key: 'IPAddressAllow' | 'IPAddressDeny', socket: Unit, service: Unit): OrderedRule[] {
  const isAllowed = key === 'IPAddressAllow';
  const settings = [...socket.all('Socket', key), ...service.all('Service', key)];
  const words = settings.flatMap(({ value }) => value.split(/\s+/)).filter((word) => word !== '');
  return words.flatMap((word) => {
    const networks = networksOf(word);
    if (networks.length === 0) {
      draft.remarks.push(`left out: ${key}=${word}`);
      if (!isAllowed) {
        draft.isEnabled = false;
        draft.remarks.push('not enabled: it would be open to more than before');
      }
    }
    return networks.map((pattern) => ({ pattern, isAllowed }));
  });
}

const names: Readonly<Record<string, readonly string[]>> = {
  any: everybody,
  localhost: ['127.0.0.0/8', '::1'],
  'link-local': ['169.254.0.0/16', 'fe80::/64'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
};

function networksOf(word: string): readonly string[] {
  if (Object.hasOwn(names, word)) return names[word] ?? [];
  const network = readNetwork(word);
  return network === null ? [] : [network];
}
