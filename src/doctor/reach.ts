import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import { permits, type Want } from '../system/may-read.ts';
import { shellWord } from '../wire/shell-word.ts';
import type { Finding } from './finding.ts';
import { firstThatExists, isReadOnly, whereStopped, type Identity } from './identity.ts';
import { letIn, userWord } from './let-in.ts';
import type { NamedPath } from './named-paths.ts';
import { isOfUnit } from './unit-folder.ts';

const check = 'files';

export interface Reach {
  /** Whose path it is: "service web", "delivery archive". */
  readonly of: string;
  /** Where another user can be named; null: nowhere. */
  readonly userAt: string | null;
  readonly identity: Identity;
}

/** Whether somebody gets at a path, or can make it, to do there what he has to. */
export function judgeReach(named: NamedPath, reach: Reach): readonly Finding[] {
  const { path, kind, isMade } = named;
  const tell = (severity: 'error' | 'note', message: string, fix: string | null = null): Finding[] => [
    { severity, check, message, fix },
  ];
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined && isMade) return kind === 'file' ? judgeMakingFile(path, reach) : judgeMaking(path, reach);
    if (found === undefined)
      return tell('error', `${path} of the ${reach.of} does not exist`, make(named, reach.identity));
    if (kind === 'folder' && !found.isDirectory()) return tell('error', `${path} of the ${reach.of} is no folder`);
    if (kind === 'file' && found.isDirectory())
      return tell('error', `${path} of the ${reach.of} is a folder, and no file`);
    return judgeWay(named, reach);
  } catch (error) {
    const isNoFolder = (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    if (isNoFolder) return tell('error', `${path} of the ${reach.of} cannot be there: something above it is no folder`);
    return tell('note', `${path} of the ${reach.of} cannot be looked at: ${reasonOf(error)}`, 'portico doctor as root');
  }
}

/** What is only read is root's, and for all to read. */
function make({ kind, wants, path }: NamedPath, identity: Identity): string | null {
  if (kind !== 'folder') return null;
  const isOurs = identity.uid === process.getuid?.() && permits(statSync(firstThatExists(path)), 'write', identity);
  if (isOurs) return `mkdir -p ${path}`;
  return wants.includes('write') ? makeFor(path, identity) : `install -d ${shellWord(path)}`;
}

function makeFor(path: string, identity: Identity): string {
  return `install -d -o ${userWord(identity)} -m 0700 ${shellWord(path)}`;
}

/** Its folder, where there is one, is for who writes the file. */
function judgeMakingFile(path: string, reach: Reach): readonly Finding[] {
  const folder = dirname(path);
  if (!existsSync(folder)) return judgeMaking(folder, reach);
  const fix = `install -o ${userWord(reach.identity)} -m 0640 /dev/null ${path}`;
  return judgeFolder({ goal: path, folder, wants: ['write', 'enter'], fix }, reach);
}

/** The master makes it when it starts, with all its rights; else who uses it does. */
function judgeMaking(path: string, reach: Reach): readonly Finding[] {
  const isRoot = process.getuid?.() === 0;
  const folder = firstThatExists(path);
  const fix = makeFor(path, reach.identity);
  if (isReadOnly(folder)) return [readOnly(path, folder, reach)];
  return judgeFolder({ goal: path, folder, wants: isRoot ? ['enter'] : ['write', 'enter'], fix }, reach);
}

interface Making {
  readonly goal: string;
  readonly folder: string;
  readonly wants: readonly Want[];
  /** Makes the goal where the folder may be entered and not written to. */
  readonly fix: string;
}

function judgeFolder({ goal, folder, wants, fix }: Making, reach: Reach): readonly Finding[] {
  if (statSync(folder).isDirectory()) return judgeWay({ path: folder, wants }, reach, { goal, fix });
  const message = `${goal} of the ${reach.of} cannot be made: ${folder} is no folder`;
  return [{ severity: 'error', check, message, fix: null }];
}

function judgeWay(
  { path, wants, isSecret }: Pick<NamedPath, 'path' | 'wants' | 'isSecret'>,
  reach: Reach,
  making: Pick<Making, 'goal' | 'fix'> | null = null,
): readonly Finding[] {
  if (isOfUnit(path)) return [];
  const goal = making?.goal ?? path;
  const stopped = whereStopped(path, wants, reach.identity);
  if (wants.includes('write') && isReadOnly(path)) return [readOnly(goal, path, reach)];
  if (stopped === null) return [];
  const { place, lacks } = stopped;
  const isFile = !statSync(place).isDirectory();
  const verbs = lacks.map((want) => (want === 'enter' && isFile ? 'run' : want));
  const needs: readonly Want[] = place === realpathSync(path) ? wants : ['enter'];
  const ways =
    making !== null && lacks.join() === 'write'
      ? [making.fix]
      : letIn({ place, lacks, needs, isSecret: isSecret === true && isFile }, reach.identity);
  const user = reach.userAt === null ? [] : [`user: in ${reach.userAt}`];
  const message = `${reach.identity.name}, who serves the ${reach.of}, may not ${orOf(verbs)} ${place}${place === goal ? '' : `, on the way to ${goal}`}`;
  return [{ severity: 'error', check, message, fix: [...ways, ...user].join(', or ') }];
}

function readOnly(goal: string, place: string, { of }: Reach): Finding {
  const message = `nothing can be written to ${goal} of the ${of}: the file system of ${place} is mounted read-only`;
  return { severity: 'error', check, message, fix: `mount -o remount,rw "$(findmnt -no TARGET -T ${place})"` };
}

/** "read, write or enter" */
function orOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
