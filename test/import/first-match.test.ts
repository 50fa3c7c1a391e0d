import t from 'tap';

import { createAccess } from '../../src/listeners/access.ts';
import { translateFirstMatch, type OrderedRule } from '../../src/import/first-match.ts';

const all = ['0.0.0.0/0', '::/0'];

function rules(text: string): OrderedRule[] {
  return text.split(' ').flatMap((word) => {
    const isAllowed = word.startsWith('+');
    const patterns = word.slice(1) === 'ALL' ? all : [word.slice(1)];
    return patterns.map((pattern) => ({ pattern, isAllowed }));
  });
}

for (const [text, access] of [
  ['+10.0.0.0/8', {}],
  ['+10.0.0.0/8 -ALL', { allow: ['10.0.0.0/8'] }],
  ['-ALL', { deny: all }],
  ['-192.0.2.0/24', { deny: ['192.0.2.0/24'] }],
  ['+10.1.0.0/16 -10.0.0.0/8', { allow: ['10.1.0.0/16', ...all], deny: ['10.0.0.0/8'] }],
  ['+10.0.0.0/8 -10.1.0.0/16', {}],
  ['-10.1.0.0/16 +10.0.0.0/8 -ALL', { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] }],
  ['+192.0.2.1 -198.51.100.0/24', { deny: ['198.51.100.0/24'] }],
  ['+*.example.com -ALL', { allow: ['*.example.com'] }],
  ['+ALL -*.example.com', {}],
  ['-*.example.com +ALL', { deny: ['*.example.com'] }],
  ['+10.0.0.0/8 -0.0.0.0/0', { allow: ['10.0.0.0/8', '::/0'], deny: ['0.0.0.0/0'] }],
] as const) {
  t.same(translateFirstMatch(rules(text)), { access, remarks: [] }, text);
}

t.test('an order that cannot be kept lets in fewer, and says so', async (t) => {
  t.same(translateFirstMatch(rules('+*.example.com -10.0.0.0/8')), {
    access: { allow: ['*.example.com', ...all], deny: ['10.0.0.0/8'] },
    remarks: ['the order of "*.example.com" and "10.0.0.0/8" cannot be kept, so "*.example.com" may be refused'],
  });
  t.same(translateFirstMatch(rules('-*.example.com +10.0.0.0/8 -ALL')), {
    access: { deny: ['*.example.com', ...all] },
    remarks: ['the order of "*.example.com" and "10.0.0.0/8" cannot be kept, so "10.0.0.0/8" is not let in any more'],
  });
});

t.test('what comes out decides as the first match did', async (t) => {
  const patterns = ['ALL', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3', '192.0.2.0/24'];
  const peers = ['10.1.2.3', '10.1.2.4', '10.1.9.9', '10.9.9.9', '192.0.2.1', '203.0.113.1', '2001:db8::1'];
  const words = patterns.flatMap((pattern) => [`+${pattern}`, `-${pattern}`]);
  for (const one of words) {
    for (const two of words) {
      for (const three of words) {
        const ordered = rules(`${one} ${two} ${three}`);
        const { access } = translateFirstMatch(ordered);
        const ours = createAccess({ allow: [], deny: [], ...access, neverBan: [], hours: [] }, async () => []);
        for (const peer of peers) {
          const first = ordered.find(({ pattern }) => matches(pattern, peer));
          if (ours.allows(peer) !== (first?.isAllowed ?? true)) t.fail(`${one} ${two} ${three}: ${peer}`);
        }
      }
    }
  }
});

function matches(pattern: string, peer: string): boolean {
  if (pattern === '::/0') return peer.includes(':');
  const [host = '', bits = '32'] = pattern.split('/');
  if (peer.includes(':')) return false;
  const value = (text: string): number => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(value(host) / size) === Math.floor(value(peer) / size);
}
