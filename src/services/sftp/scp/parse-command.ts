/** What `scp -O` asks to be run at the other side: the protocol has no words but these. */
export interface ScpCommand {
  /** sink: files come; source: files are wanted. */
  readonly role: 'sink' | 'source';
  readonly path: string;
  readonly isRecursive: boolean;
  readonly keepsTimes: boolean;
  /** The path has to be a folder: several files come. */
  readonly wantsFolder: boolean;
}

const maxCommandLength = 8192;

/** null: it is another command. Nothing is ever run, and so nothing but quotes means anything. */
export function parseScpCommand(command: string): ScpCommand | null {
  if (command.length > maxCommandLength) return null;
  const words = wordsOf(command);
  if (words?.shift() !== 'scp') return null;
  const flags = new Set<string>();
  while (words[0]?.startsWith('-') === true) {
    const word = words.shift() as string;
    if (word === '--') break;
    for (const flag of word.slice(1)) flags.add(flag);
  }
  const isSink = flags.has('t');
  if (words.length !== 1 || isSink === flags.has('f') || ![...flags].every((flag) => 'tfrpdvq'.includes(flag)))
    return null;
  return {
    role: isSink ? 'sink' : 'source',
    path: words[0] as string,
    isRecursive: flags.has('r'),
    keepsTimes: flags.has('p'),
    wantsFolder: flags.has('d'),
  };
}

/** As a shell would part them. null: a quote has no end. */
function wordsOf(command: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < command.length; at += 1) {
    const character = command[at] as string;
    if (character === ' ') {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'" || character === '"') {
      const end = command.indexOf(character, at + 1);
      if (end < 0) return null;
      word = (word ?? '') + command.slice(at + 1, end);
      at = end;
    } else {
      if (character === '\\') at += 1;
      word = (word ?? '') + (command[at] ?? '');
    }
  }
  if (word !== null) words.push(word);
  return words;
}
