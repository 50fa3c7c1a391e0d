import t from 'tap';

import { parseCommand, verbs } from '../../../../src/services/ftp/grammar/parse-command.ts';
import { quirksOf } from '../../../../src/services/ftp/quirks.ts';

const none = quirksOf([]);

const taken: readonly (readonly [line: string, command: object])[] = [
  ['USER alice', { verb: 'USER', name: 'alice' }],
  ['user Alice B ', { verb: 'USER', name: 'Alice B ' }],
  ['PASS ', { verb: 'PASS', password: '' }],
  ['PASS', { verb: 'PASS', password: '' }],
  ['PASS  a "b" -x  c ', { verb: 'PASS', password: ' a "b" -x  c ' }],
  ['pass \tQuIt', { verb: 'PASS', password: '\tQuIt' }],
  ['ACCT x', { verb: 'ACCT' }],
  ['QUIT', { verb: 'QUIT' }],
  ['quit   ', { verb: 'QUIT' }],
  ['  NOOP', { verb: 'NOOP' }],
  ['SYST please', { verb: 'SYST' }],
  ['ABOR', { verb: 'ABOR' }],
  ['CWD a b ', { verb: 'CWD', path: 'a b ' }],
  ['CWD  a', { verb: 'CWD', path: ' a' }],
  ['CWD', { verb: 'CWD', path: '/' }],
  ['CWD ', { verb: 'CWD', path: '/' }],
  ['XCWD a', { verb: 'CWD', path: 'a' }],
  ['XPWD', { verb: 'PWD' }],
  ['XMKD a', { verb: 'MKD', path: 'a' }],
  ['xrmd a', { verb: 'RMD', path: 'a' }],
  ['XCUP', { verb: 'CDUP' }],
  ['RETR -x "a"', { verb: 'RETR', path: '-x "a"' }],
  ['STOR a\tb', { verb: 'STOR', path: 'a\tb' }],
  ['STOU', { verb: 'STOU', path: null }],
  ['STOU ', { verb: 'STOU', path: null }],
  ['STOU a', { verb: 'STOU', path: 'a' }],
  ['MLSD', { verb: 'MLSD', path: null }],
  ['MLST -a', { verb: 'MLST', path: '-a' }],
  ['LIST', { verb: 'LIST', path: null, isEntryWanted: false }],
  ['LIST -a -l', { verb: 'LIST', path: null, isEntryWanted: false }],
  ['LIST -la a b', { verb: 'LIST', path: 'a b', isEntryWanted: false }],
  ['LIST -d a', { verb: 'LIST', path: 'a', isEntryWanted: true }],
  ['NLST -1 *.txt', { verb: 'NLST', path: '*.txt', isEntryWanted: false }],
  ['NLST -- -a', { verb: 'NLST', path: '-a', isEntryWanted: false }],
  ['NLST ./-a', { verb: 'NLST', path: './-a', isEntryWanted: false }],
  ['STAT', { verb: 'STAT', path: null }],
  ['STAT -l a', { verb: 'STAT', path: 'a' }],
  ['TYPE A', { verb: 'TYPE', type: 'A' }],
  ['TYPE a n', { verb: 'TYPE', type: 'A' }],
  ['TYPE I ', { verb: 'TYPE', type: 'I' }],
  ['TYPE L 8', { verb: 'TYPE', type: 'I' }],
  ['TYPE L8', { verb: 'TYPE', type: 'I' }],
  ['TYPE L7', { verb: 'TYPE', type: 'A' }],
  ['MODE S', { verb: 'MODE' }],
  ['STRU f', { verb: 'STRU' }],
  ['REST 0', { verb: 'REST', count: 0 }],
  ['REST 4294967296 ', { verb: 'REST', count: 4_294_967_296 }],
  ['ALLO 10', { verb: 'ALLO', count: 10 }],
  ['ALLO 10 R 20', { verb: 'ALLO', count: 10 }],
  ['PBSZ 0', { verb: 'PBSZ', count: 0 }],
  ['PROT p', { verb: 'PROT', word: 'P' }],
  ['AUTH tls', { verb: 'AUTH', word: 'TLS' }],
  ['PORT 127,0,0,1,4,1', { verb: 'PORT', to: { address: '127.0.0.1', port: 1025 } }],
  ['EPRT |2|::1|6275|', { verb: 'EPRT', to: { address: '::1', port: 6275 } }],
  ['EPSV', { verb: 'EPSV', wanted: null }],
  ['EPSV 1', { verb: 'EPSV', wanted: 'IPv4' }],
  ['EPSV 2', { verb: 'EPSV', wanted: 'IPv6' }],
  ['EPSV all', { verb: 'EPSV', wanted: 'ALL' }],
  ['MDTM 20200101000000 a', { verb: 'MDTM', path: 'a', modified: 1_577_836_800_000, text: '20200101000000 a' }],
  ['MDTM a', { verb: 'MDTM', path: 'a', modified: null, text: 'a' }],
  ['MFMT 20200101000000 a b', { verb: 'MFMT', path: 'a b', modified: 1_577_836_800_000 }],
  ['OPTS utf8 on', { verb: 'OPTS', option: 'UTF8', values: [] }],
  ['OPTS UTF-8', { verb: 'OPTS', option: 'UTF8', values: [] }],
  ['OPTS MLST Type;size;', { verb: 'OPTS', option: 'MLST', values: ['Type', 'size'] }],
  ['OPTS MLST', { verb: 'OPTS', option: 'MLST', values: [] }],
  ['SITE help', { verb: 'SITE', action: { kind: 'help' } }],
  ['SITE CHMOD 4755 a b', { verb: 'SITE', action: { kind: 'chmod', mode: 0o755, path: 'a b' } }],
  ['SITE UTIME 202001010000 a', { verb: 'SITE', action: { kind: 'utime', modified: 1_577_836_800_000, path: 'a' } }],
  [
    'SITE UTIME a b 20190101000000 20200101000000 20190101000000 UTC',
    { verb: 'SITE', action: { kind: 'utime', modified: 1_577_836_800_000, path: 'a b' } },
  ],
  ['HELP', { verb: 'HELP', word: null }],
  ['LANG en-US', { verb: 'LANG', word: 'en-US' }],
  ['CLNT x y', { verb: 'CLNT', name: 'x y' }],
  ['HOST [::1]', { verb: 'HOST', name: '[::1]' }],
];

const refused: readonly (readonly [line: string, code: number])[] = [
  ['FOO', 500],
  ['QUITS', 500],
  ['QU', 500],
  ['RETR\ta', 500],
  ['GET / HTTP/1.1', 500],
  ['constructor', 500],
  ['SMNT a', 502],
  ['ADAT x', 502],
  ['USER', 501],
  ['RETR', 501],
  ['RETR ', 501],
  ['DELE', 501],
  ['REST', 501],
  ['REST -1', 501],
  ['REST x', 501],
  ['REST 1234567890123456', 501],
  ['TYPE', 501],
  ['TYPE Q', 501],
  ['TYPE A X', 501],
  ['TYPE E', 504],
  ['TYPE A T', 504],
  ['TYPE L 16', 504],
  ['MODE', 501],
  ['MODE B', 504],
  ['MODE Q', 501],
  ['STRU R', 504],
  ['PORT 1,2,3', 501],
  ['EPRT |3|a|1|', 522],
  ['EPRT |1|127.0.0.1|', 501],
  ['EPSV 3', 522],
  ['EPSV x', 501],
  ['MFMT 20200101 a', 501],
  ['MFMT 20200101000000', 501],
  ['OPTS', 501],
  ['OPTS FOO', 501],
  ['OPTS MLST type', 501],
  ['OPTS MLST type ;', 501],
  ['OPTS UTF8 OFF', 504],
  ['OPTS UTF8 maybe', 501],
  ['SITE', 501],
  ['SITE EXEC ls', 504],
  ['SITE CHMOD 888 a', 501],
  ['SITE CHMOD 644', 501],
  ['SITE UTIME yesterday a', 501],
];

t.test('commands', async (t) => {
  for (const [line, command] of taken) t.same(parseCommand(line, none), { command }, JSON.stringify(line));
});

t.test('what is none', async (t) => {
  for (const [line, code] of refused) {
    const parsed = parseCommand(line, none);
    t.equal('reply' in parsed ? Number(parsed.reply.slice(0, 3)) : null, code, JSON.stringify(line));
  }
});

t.test('devices', async (t) => {
  const lexmark = quirksOf(['lexmark']);
  t.same(parseCommand('TYPE L 16', lexmark), { command: { verb: 'TYPE', type: 'I' } });
  t.same(parseCommand('STOR  a b ', lexmark), { command: { verb: 'STOR', path: 'a b' } });
  t.same(parseCommand('PASS  a ', lexmark), { command: { verb: 'PASS', password: ' a ' } });
});

t.test('all verbs are known by name', async (t) => {
  t.equal(verbs.length, 48);
  for (const verb of verbs) t.match(verb, /^[A-Z]{3,4}$/);
});
