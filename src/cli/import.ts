import { resolve } from 'node:path';

import { exitCodes } from '../contract/errors.ts';
import type { ImportKind } from '../import/index.ts';
import type { Command } from './commands.ts';
import { UsageError } from './parse-arguments.ts';
import { printable } from './table.ts';

const importCommand: Command = async ({ options, words, terminal }) => {
  const [kind = '', path = ''] = words;
  if (!isKind(kind)) throw new UsageError('import', `expected inetd, xinetd or systemd, got ${JSON.stringify(kind)}`);
  const [{ importConfiguration }, { dialects }, { renderRemark }] = await Promise.all([
    import('../import/index.ts'),
    import('../import/inetd/dialect.ts'),
    import('../import/remarks.ts'),
  ]);
  const dialect = dialects.find((each) => each === options.dialect);
  if (options.dialect !== undefined && (dialect === undefined || kind !== 'inetd')) {
    const expected = kind === 'inetd' ? `one of ${dialects.join(', ')}` : 'none but for inetd';
    throw new UsageError('import', `--dialect: expected ${expected}, got ${JSON.stringify(options.dialect)}`);
  }
  const fileOf = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : resolve(terminal.directory, name);
  const { yaml, remarks } = importConfiguration({
    kind,
    path: resolve(terminal.directory, path),
    dialect,
    hosts: { allow: fileOf(options['hosts-allow']), deny: fileOf(options['hosts-deny']) },
  });
  terminal.out(yaml);
  for (const remark of remarks) terminal.err(`${printable(renderRemark(remark))}\n`);
  return exitCodes.ok;
};

export default importCommand;

function isKind(word: string): word is ImportKind {
  return ['inetd', 'xinetd', 'systemd'].includes(word);
}
