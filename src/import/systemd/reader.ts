import { basename, dirname, join, resolve } from 'node:path';

import type { Remark, Source } from '../draft.ts';
import { isForeignFile, listForeignFolder, readForeignFile, refuse } from '../read-file.ts';
import { createUnit, parseUnit, type Setting, type Unit } from './units.ts';

/** A socket and the service that it starts. */
export interface Pair {
  readonly source: Source;
  /** Without ".socket". */
  readonly name: string;
  readonly socket: Unit;
  /** null: there is none. */
  readonly service: Unit | null;
  /** The name of the service's unit. */
  readonly serviceName: string;
}

export interface Pairs {
  readonly pairs: readonly Pair[];
  readonly remarks: readonly Remark[];
}

// systemd.unit(5), the commonest.
const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const maxSockets = 1000;
const maxDropIns = 100;

/** The sockets of a folder, or the one of a file, with their services from beside them. */
export function readPairs(path: string): Pairs {
  const remarks: Remark[] = [];
  const names = listForeignFolder(path);
  const files =
    names === null ? [path] : names.filter((name) => name.endsWith('.socket')).map((name) => join(path, name));
  if (names === null && !path.endsWith('.socket'))
    throw refuse(path, 'expected a folder or a file that ends with ".socket"');
  if (files.length > maxSockets) throw refuse(path, `expected at most ${maxSockets} sockets in it`);
  return {
    pairs: files.filter((file) => names === null || isForeignFile(file)).map((file) => readPair(file, remarks)),
    remarks,
  };
}

function readPair(file: string, remarks: Remark[]): Pair {
  const name = basename(file, '.socket');
  const folders = foldersFor(dirname(resolve(file)), dirname(file));
  const socket = readUnit(file, `${name}.socket`, folders, remarks);
  const serviceName =
    socket.last('Socket', 'Service') ?? (socket.isYes('Socket', 'Accept') ? `${name}@.service` : `${name}.service`);
  const found = folders.map((folder) => join(folder, basename(serviceName))).find(isForeignFile);
  const service = found === undefined ? null : readUnit(found, basename(serviceName), folders, remarks);
  return { source: { file, line: 1, text: basename(file) }, name, socket, service, serviceName };
}

/** Beside the socket, as the operator named that folder; where it is one of systemd's own, in the others too. */
function foldersFor(absolute: string, named: string): string[] {
  return unitFolders.includes(absolute) ? [named, ...unitFolders.filter((folder) => folder !== absolute)] : [named];
}

function readUnit(file: string, unit: string, folders: readonly string[], remarks: Remark[]): Unit {
  const files = [file, ...folders.flatMap((folder) => dropInsOf(join(folder, `${unit}.d`)))];
  const settings = files.flatMap((each): readonly Setting[] => {
    const { settings, wrong } = parseUnit(readForeignFile(each), each);
    for (const { line, text } of wrong)
      remarks.push({ file: each, line, text: `expected "Key=value", got ${JSON.stringify(text.slice(0, 200))}` });
    return settings;
  });
  return createUnit(settings);
}

function dropInsOf(folder: string): string[] {
  const names = (listForeignFolder(folder) ?? []).filter((name) => name.endsWith('.conf'));
  if (names.length > maxDropIns) throw refuse(folder, `expected at most ${maxDropIns} files in it`);
  return names.map((name) => join(folder, name));
}
