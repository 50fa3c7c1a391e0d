import { fileMode, path } from '../../src/contract/file-options.ts';
import { table } from './table.ts';

const deepest = `/${'a'.repeat(4094)}`;
table('path', path(), [
  ['a/../b.pem', '/etc/portico/b.pem'],
  ['/srv/b.pem', '/srv/b.pem'],
  [deepest, deepest],
  [`${deepest}a`, `expected a path of at most 4095 bytes, got "/${'a'.repeat(59)}…"`],
  ['', 'expected a path, got ""'],
  ['a\0b', 'expected a path, got "a\\u0000b"'],
  [5, 'expected a path, got 5'],
]);

const noMode = 'expected a file mode in quotes such as "0660", got';
table('file mode', fileMode(), [
  ['0660', 0o660],
  ['644', 0o644],
  ['7777', 0o7777],
  ['77777', `${noMode} "77777"`],
  ['66', `${noMode} "66"`],
  ['0680', `${noMode} "0680"`],
  ['0o660', `${noMode} "0o660"`],
  [660, `${noMode} 660 (without quotes YAML reads it as a decimal number)`],
]);
