import { dirname, isAbsolute, resolve } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { Want } from '../system/may-read.ts';

/** A path that a service's options name, and what its user has to do with it. */
export interface NamedPath {
  readonly path: string;
  readonly wants: readonly Want[];
  /** null: either is fine. */
  readonly kind: 'folder' | 'file' | null;
  /** It need not be there, as long as it can be made. */
  readonly isMade: boolean;
  /** Nobody else is to read it. */
  readonly isSecret?: boolean;
}

type Use = Omit<NamedPath, 'path'>;

const shown: Use = { wants: ['read', 'enter'], kind: 'folder', isMade: false };
const writable: Use = { wants: ['read', 'write', 'enter'], kind: 'folder', isMade: true };
const run: Use = { wants: ['enter'], kind: null, isMade: false };
const readFile: Use = { wants: ['read'], kind: 'file', isMade: false };

/** Options of all types that name a path. */
const uses: Readonly<Record<string, Use>> = {
  root: shown,
  files: shown,
  plans: shown,
  cgi: run,
  module: readFile,
  file_system: readFile,
  ca: readFile,
};

/** Those whose members are files, whatever their names: `methods: { math: ./math.ts }`. */
const filesOf: Readonly<Record<string, Use>> = {
  methods: readFile,
  search: readFile,
  host_keys: { ...readFile, isSecret: true },
};

/** What the options of a service name. Templates such as "{home}" lead elsewhere for each account, and only what is before them counts. */
export function namedPaths(service: ServicePlan): readonly NamedPath[] {
  const { options, base } = service;
  const found: NamedPath[] = [];
  const add = (text: string, use: Use): void => {
    if (text === '' || text.includes('://')) return;
    const path = resolve(base, text);
    // What the master makes at the start.
    found.push({ path, ...use, isMade: use.isMade || service.folders?.includes(path) === true });
  };
  const look = (map: Readonly<Record<string, Json>>): void => {
    for (const [key, member] of Object.entries(map)) {
      if (typeof member === 'string') addText(key, member, map);
      else if (key === 'command') programsIn([member]).forEach((text) => add(text, run));
      else if (key === 'interpreters') programsIn(member).forEach((text) => add(text, run));
      // In a module of somebody's own, such a word may mean anything.
      else if (Object.hasOwn(filesOf, key) && !isAbsolute(service.type))
        textsIn(member).forEach((text) => add(text, filesOf[key] as Use));
      else mapsIn(member).forEach(look);
    }
  };
  const addText = (key: string, text: string, map: Readonly<Record<string, Json>>): void => {
    if (service.type === 'syslog' && (key === 'file' || key === 'path')) addLog(text, map);
    else if (key === 'root' && service.type === 'cgi') add(text, run);
    // Where the backend sees it, which may be elsewhere.
    else if (key === 'root' && Object.hasOwn(map, 'fastcgi')) return;
    else if (key === 'root' && takesIn(service, map)) add(fixedPart(text), writable);
    else if (key === 'directory') add(text, map['upload'] === true ? writable : { ...run, kind: 'folder' });
    else if (Object.hasOwn(uses, key)) add(fixedPart(text), uses[key] as Use);
  };
  /** Lines are appended to it, and it is put aside for a new one. */
  const addLog = (text: string, { rotate }: Readonly<Record<string, Json>>): void => {
    if (rotate !== undefined) add(dirname(resolve(base, text)), { ...writable, wants: ['write', 'enter'] });
    add(text, { wants: ['write'], kind: 'file', isMade: true });
  };
  if (isAbsolute(service.type)) add(service.type, readFile);
  mapsIn(options).forEach(look);
  return found;
}

/** Whether files come into a folder: those of accounts by default, those of everybody where it says so. */
function takesIn({ type, options }: ServicePlan, map: Readonly<Record<string, Json>>): boolean {
  if (type === 'tftp') return map['write'] === true;
  if (type !== 'ftp' && type !== 'sftp') return false;
  return map === options ? map['write'] !== false : map['write'] === true;
}

/** Of "./drop/{account}/in", "./drop"; of "{home}" nothing. */
function fixedPart(text: string): string {
  const brace = text.indexOf('{');
  return brace === -1 ? text : text.slice(0, text.lastIndexOf('/', brace) + 1);
}

/** The first words of command lines. */
function programsIn(member: Json): readonly string[] {
  if (typeof member !== 'object' || member === null) return [];
  return Object.values(member).flatMap((line) => (Array.isArray(line) && typeof line[0] === 'string' ? [line[0]] : []));
}

function textsIn(member: Json): readonly string[] {
  if (typeof member !== 'object' || member === null) return [];
  return Object.values(member).filter((each): each is string => typeof each === 'string');
}

function mapsIn(member: Json | undefined): readonly Readonly<Record<string, Json>>[] {
  if (typeof member !== 'object' || member === null) return [];
  if (Array.isArray(member)) return member.flatMap(mapsIn);
  return [member as Readonly<Record<string, Json>>];
}
