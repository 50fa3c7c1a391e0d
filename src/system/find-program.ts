import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';

import type { Command } from '../contract/program.ts';

/** Refuses what execve(2) cannot express or would take for something else. */
export function checkCommand(command: Command): void {
  const words = [command.path, command.directory, ...command.argv, ...Object.values(command.env)];
  if (words.some((word) => word.includes('\0')))
    throw new Error(`start ${printable(command.path)}: a NUL among its words`);
  for (const name of Object.keys(command.env))
    if (name === '' || name.includes('=') || name.includes('\0'))
      throw new Error(`start ${command.path}: ${JSON.stringify(name)} is no name for a variable`);
  if (command.argv.length === 0) throw new Error(`start ${command.path}: argv is empty`);
  if (command.path === '' || (command.path.includes('/') && !command.path.startsWith('/')))
    throw new Error(`start ${printable(command.path)}: expected an absolute path, or a name to look for in PATH`);
}

/** Where to look for the program, in order. Empty and relative entries of PATH are left out. */
export function programPaths(path: string, searchPath: string = '/usr/bin:/bin'): string[] {
  if (path.startsWith('/')) return [path];
  const folders = searchPath.split(':').filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => `${folder.replace(/\/+$/, '')}/${path}`);
}

/** What the error numbers of a failed start leave open: which of the two, program or folder, was meant. */
export function explainFailure(command: Command, code: string | undefined): string {
  const { path, directory } = command;
  try {
    if (!statSync(directory).isDirectory()) return `start ${path}: ${directory} is not a folder`;
    accessSync(directory, constants.X_OK);
  } catch {
    return `start ${path}: folder ${directory}`;
  }
  if (code === 'ENOENT' && path.startsWith('/') && existsSync(path))
    return `start ${path}: its interpreter${interpreterOf(path)}`;
  return `start ${path}`;
}

/** ` "/bin/sh\r"`, as a script's first line names it: an end of line that does not belong there is seen. "" for what is no script. */
function interpreterOf(path: string): string {
  const bytes = Buffer.alloc(maxFirstLineBytes);
  let fd: number | null = null;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const [line = ''] = bytes.toString('latin1', 0, readSync(fd, bytes)).split('\n', 1);
    const [, interpreter] = /^#![ \t]*([^ \t]+)/.exec(line) ?? [];
    return interpreter === undefined ? '' : ` ${printable(interpreter)}`;
  } catch {
    return '';
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

// What the kernel looks at (BINPRM_BUF_SIZE).
const maxFirstLineBytes = 256;

function printable(path: string): string {
  return JSON.stringify(path);
}
