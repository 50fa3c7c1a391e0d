import { type Dialogue, type Handlers } from '../dialogue.ts';
import { verbs } from '../grammar/parse-command.ts';
import { chooseFacts, factNames } from '../listing/facts.ts';
import { multiline, replies, reply } from '../replies.ts';

// What the server tells of itself (RFC 959 4.1.3, 2389, 2640).

export const miscCommands: Handlers<'NOOP' | 'SYST' | 'FEAT' | 'OPTS' | 'HELP' | 'LANG' | 'CLNT'> = {
  NOOP: () => replies.ok,
  // RFC 959 4.1.3; what listings look like is read out of it.
  SYST: () => reply(215, 'UNIX Type: L8'),
  FEAT: (_command, dialogue) => multiline(211, 'These are there', features(dialogue)),
  OPTS({ option, values }, dialogue) {
    if (option === 'UTF8') return reply(200, 'It is UTF-8 anyway');
    dialogue.facts = chooseFacts(values);
    // RFC 3659 7.9.
    return reply(200, ['MLST OPTS', [...dialogue.facts].map((fact) => `${fact};`).join('')].join(' ').trim());
  },
  HELP: ({ word }) => (word === null ? multiline(214, 'These are there', rows(verbs)) : helpFor(word.toUpperCase())),
  // RFC 2640 4.
  LANG: ({ word }) => (word === null || /^en\b/i.test(word) ? reply(200, 'It is English') : replies.notThat),
  CLNT: () => replies.ok,
};

function features({ session, facts }: Dialogue): string[] {
  const tls = session.canStartTls ? ['AUTH TLS'] : [];
  const protection = session.canStartTls || session.tls !== null ? ['PBSZ', 'PROT'] : [];
  return [
    ...tls,
    'CLNT',
    'EPRT',
    'EPSV',
    'HOST',
    'LANG EN*',
    'MDTM',
    'MFMT',
    // RFC 3659 7.8: a star behind those that are sent now.
    `MLST ${factNames.map((name) => `${name}${facts.has(name) ? '*' : ''};`).join('')}`,
    ...protection,
    'REST STREAM',
    'SIZE',
    'TVFS',
    'UTF8',
  ];
}

const perRow = 8;

function rows(words: readonly string[]): string[] {
  const list: string[] = [];
  for (let at = 0; at < words.length; at += perRow) list.push(words.slice(at, at + perRow).join(' '));
  return list;
}

function helpFor(word: string): string {
  return (verbs as readonly string[]).includes(word) ? reply(214, `${word} is there`) : replies.notHere;
}
