import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import type { Want } from '../system/may-read.ts';
import type { Finding } from './finding.ts';
import { firstThatExists, whereStopped, type Identity } from './identity.ts';
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
      return tell('error', `${path} of the ${reach.of} does not exist`, make(kind, reach.identity, path));
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

function make(kind: NamedPath['kind'], { name, uid }: Identity, path: string): string | null {
  if (kind !== 'folder') return null;
  return uid === process.getuid?.() ? `mkdir -p ${path}` : `install -d -o ${name} ${path}`;
}

/** Its folder, where there is one, is for who writes the file. */
function judgeMakingFile(path: string, reach: Reach): readonly Finding[] {
  const folder = dirname(path);
  return existsSync(folder) ? judgeFolder(path, folder, ['write', 'enter'], reach) : judgeMaking(folder, reach);
}

/** The master makes it when it starts, with all its rights; else who uses it does. */
function judgeMaking(path: string, reach: Reach): readonly Finding[] {
  const isRoot = process.getuid?.() === 0;
  return judgeFolder(path, firstThatExists(path), isRoot ? ['enter'] : ['write', 'enter'], reach);
}

function judgeFolder(goal: string, folder: string, wants: readonly Want[], reach: Reach): readonly Finding[] {
  if (statSync(folder).isDirectory()) return judgeWay({ path: folder, wants }, reach, goal);
  const message = `${goal} of the ${reach.of} cannot be made: ${folder} is no folder`;
  return [{ severity: 'error', check, message, fix: null }];
}

const letters: Readonly<Record<Want, string>> = { read: 'r', write: 'w', enter: 'x' };

function judgeWay(
  { path, wants, isSecret }: Pick<NamedPath, 'path' | 'wants' | 'isSecret'>,
  reach: Reach,
  goal: string = path,
): readonly Finding[] {
  const stopped = whereStopped(path, wants, reach.identity);
  if (stopped === null || isOfUnit(path)) return [];
  const { place, lacks } = stopped;
  const { name, gid } = reach.identity;
  const isFile = !statSync(place).isDirectory();
  const verbs = lacks.map((want) => (want === 'enter' && isFile ? 'run' : want)).join(', ');
  const mode = lacks.map((want) => letters[want]).join('');
  const user = reach.userAt === null ? '' : `, or user: in ${reach.userAt}`;
  const mend = [`setfacl -m u:${name}:${mode} ${place}`, `chmod o+${mode} ${place}`];
  // Everybody's to write to, or to read a key, is no good advice.
  if (lacks.includes('write')) mend[1] = `chown ${name} ${place}`;
  else if (isSecret === true && isFile) mend[1] = `chgrp ${gid} ${place} && chmod 0640 ${place}`;
  const message = `${name}, who serves the ${reach.of}, may not ${verbs} ${place}${place === goal ? '' : `, on the way to ${goal}`}`;
  return [{ severity: 'error', check, message, fix: `${mend.join(', ')}${user}` }];
}
