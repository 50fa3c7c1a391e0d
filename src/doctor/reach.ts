import { statSync } from 'node:fs';

import { reasonOf } from '../contract/errors.ts';
import type { Finding } from './finding.ts';
import { firstThatExists, whereStopped, type Identity, type Want } from './identity.ts';
import type { NamedPath } from './named-paths.ts';

const check = 'files';

export interface Reach {
  /** Whose path it is: "service web", "delivery archive". */
  readonly of: string;
  /** Where another user can be named; null: nowhere. */
  readonly userAt: string | null;
  readonly identity: Identity;
}

/** Whether somebody gets at a path, or can make it, to do there what he has to. */
export function judgeReach({ path, wants, kind, isMade }: NamedPath, reach: Reach): readonly Finding[] {
  const tell = (severity: 'error' | 'note', message: string, fix: string | null = null): Finding[] => [
    { severity, check, message, fix },
  ];
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined && isMade) return judgeMaking(path, reach);
    if (found === undefined)
      return tell('error', `${path} of the ${reach.of} does not exist`, make(kind, reach.identity, path));
    if (kind === 'folder' && !found.isDirectory()) return tell('error', `${path} of the ${reach.of} is no folder`);
    if (kind === 'file' && found.isDirectory())
      return tell('error', `${path} of the ${reach.of} is a folder, and no file`);
    return judgeWay(path, wants, reach);
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

/** The master makes it when it starts, with all its rights; else who uses it does. */
function judgeMaking(path: string, reach: Reach): readonly Finding[] {
  const place = firstThatExists(path);
  if (!statSync(place).isDirectory()) {
    const message = `${path} of the ${reach.of} cannot be made: ${place} is no folder`;
    return [{ severity: 'error', check, message, fix: null }];
  }
  return process.getuid?.() === 0 ? [] : judgeWay(place, ['write', 'enter'], reach, path);
}

const letters: Readonly<Record<Want, string>> = { read: 'r', write: 'w', enter: 'x' };

function judgeWay(path: string, wants: readonly Want[], reach: Reach, goal: string = path): readonly Finding[] {
  const stopped = whereStopped(path, wants, reach.identity);
  if (stopped === null) return [];
  const { place, lacks } = stopped;
  const { name } = reach.identity;
  const isFile = !statSync(place).isDirectory();
  const verbs = lacks.map((want) => (want === 'enter' && isFile ? 'run' : want)).join(', ');
  const mode = lacks.map((want) => letters[want]).join('');
  const user = reach.userAt === null ? '' : `, or user: in ${reach.userAt}`;
  const mend = [`setfacl -m u:${name}:${mode} ${place}`, `chmod o+${mode} ${place}`];
  // Everybody's to write to is no good advice.
  if (lacks.includes('write')) mend[1] = `chown ${name} ${place}`;
  const message = `${name}, who serves the ${reach.of}, may not ${verbs} ${place}${place === goal ? '' : `, on the way to ${goal}`}`;
  return [{ severity: 'error', check, message, fix: `${mend.join(', ')}${user}` }];
}
