import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The main group. */
  readonly gid: number;
}

/** passwd(5), then whatever else the system asks (LDAP and the like) through getent(1). null when there is none of that name. */
export function findUser(name: string): User | null {
  const fields = findEntry('passwd', name);
  if (fields === null) return null;
  const [uid, gid] = [idIn(fields[2]), idIn(fields[3])];
  return uid === null || gid === null ? null : { name, uid, gid };
}

/** The first one that has the number; null where none has. */
export function nameOfUser(uid: number): string | null {
  return nameOf('passwd', uid);
}

/** As above, of a group. */
export function nameOfGroup(gid: number): string | null {
  return nameOf('group', gid);
}

function nameOf(database: 'passwd' | 'group', id: number): string | null {
  const withNumber = (text: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.split(':')[2] === String(id))
      ?.split(':')[0];
  return withNumber(readDatabase(database)) ?? withNumber(askGetent(database, String(id))) ?? null;
}

let knownDefault: string | undefined;

/** The account that an installation makes for us, if there is one. Asked once: looking for a missing user costs a process. */
export function defaultUser(): string {
  knownDefault ??= findUser('portico') === null ? 'nobody' : 'portico';
  return knownDefault;
}

/** The number of a group, from group(5) or getent(1). */
export function findGroup(name: string): number | null {
  const fields = findEntry('group', name);
  return fields === null ? null : idIn(fields[2]);
}

/** The numbers of the groups that name a user as a member, in group(5). */
export function findGroupsOf(user: string): readonly number[] {
  return readDatabase('group')
    .split('\n')
    .flatMap((line) => {
      const [, , gid, members = ''] = line.split(':');
      return user !== '' && members.split(',').includes(user) ? (idIn(gid) ?? []) : [];
    });
}

export interface NextUser {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups; absent: all that the user has. */
  readonly groups?: readonly number[];
}

/** Gives up root for good: supplementary groups, group, then user. Throws when any of it did not take hold. */
export function becomeUser({ user, uid, gid, groups }: NextUser): void {
  if (process.setuid === undefined) throw new Error('changing the user is not possible on this system');
  if (groups === undefined) (process as WithInitgroups).initgroups(user, gid);
  else process.setgroups!([...groups]);
  process.setgid!(gid);
  process.setuid(uid);
  if (process.getuid!() !== uid || process.geteuid!() !== uid || process.getgid!() !== gid)
    throw new Error(`becoming ${user} did not take hold`);
  if (uid !== 0 && canBecomeRoot()) throw new Error(`after becoming ${user}, root could be had again`);
}

/** In Node, but not in its types. */
type WithInitgroups = typeof process & { initgroups(user: string, extraGroup: number): void };

function canBecomeRoot(): boolean {
  try {
    process.setuid!(0);
    return true;
  } catch {
    return false;
  }
}

function findEntry(database: 'passwd' | 'group', name: string): string[] | null {
  // useradd(8)'s rule, a little wider: neither a number (getent takes it for an id) nor an option.
  if (!/^[A-Za-z_][A-Za-z0-9_.@\\-]{0,255}\$?$/.test(name)) return null;
  return entryIn(readDatabase(database), name) ?? entryIn(askGetent(database, name), name);
}

function entryIn(text: string, name: string): string[] | null {
  const line = text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? null : line.split(':');
}

function readDatabase(database: 'passwd' | 'group'): string {
  try {
    return readFileSync(`/etc/${database}`, 'utf8');
  } catch {
    // A minimal container may have none.
    return '';
  }
}

function askGetent(database: 'passwd' | 'group', name: string): string {
  try {
    return execFileSync('getent', [database, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
  } catch {
    // Status 2: none of that name. Or there is no getent, as with musl.
    return '';
  }
}

function idIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}
