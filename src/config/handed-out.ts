import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { Plan, ServicePlan } from '../contract/plan.ts';
import { member, routesOf } from './member.ts';

/**
 * Services that hand out a folder with the daemon's own secrets in it: `files: .` beside the configuration. One sentence for each
 * service, with what mends it. A folder of one account's alone is its own affair.
 */
export function findHandedOut(plan: Plan): readonly string[] {
  const secrets = secretsOf(plan);
  return plan.services
    .filter(({ enabled }) => enabled)
    .flatMap((service) => {
      for (const root of rootsOf(service)) {
        const held = secrets.filter(({ path }) => isReached(root, path)).map(({ what }) => what);
        const told = new Set(held.filter((what) => what !== authorityKey || !held.includes(stateFolder)));
        if (told.size > 0) return [sentence(service, root, [...told], join(dirname(plan.file), 'public'))];
      }
      return [];
    });
}

interface Secret {
  readonly what: string;
  readonly path: string;
}

const stateFolder = 'daemon.state';
// For who hands out a folder within it.
const authorityKey = 'the key of the local authority';

function secretsOf({ files, accounts, certificates, services, daemon }: Plan): readonly Secret[] {
  const of = (what: string, paths: readonly string[]): Secret[] => paths.map((path) => ({ what, path: real(path) }));
  return [
    // A program's own daemon has a configuration without a file.
    ...of('the configuration', files.filter(existsSync)),
    ...of(
      'the accounts',
      accounts.map(({ path }) => path),
    ),
    ...of('a private key', [
      ...Object.values(certificates).flatMap((each) => (each.kind === 'files' ? [each.key] : [])),
      ...services.flatMap(hostKeysOf),
    ]),
    ...of(stateFolder, [daemon.state]),
    ...of(authorityKey, [join(daemon.state, 'ca/ca.key')]),
  ];
}

function hostKeysOf({ type, options, base }: ServicePlan): string[] {
  const keys = type === 'sftp' ? member(options, 'host_keys') : undefined;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string').map((key) => resolve(base, key)) : [];
}

interface Root {
  readonly folder: string;
  /** Whether names that begin with a dot are handed out. */
  readonly dotfiles: boolean;
}

function rootsOf({ type, options, base }: ServicePlan): readonly Root[] {
  const root = (given: Json | undefined, dotfiles = true): Root[] =>
    // "{account}" and "{home}" stand for another folder with each account.
    typeof given === 'string' && !given.includes('{') ? [{ folder: real(resolve(base, given)), dotfiles }] : [];
  switch (type) {
    case 'http':
      return routesOf(options).flatMap(([, route]) => root(member(route, 'files'), member(route, 'dotfiles') === true));
    case 'ftp':
      // A module has taken the place of the folders.
      if (member(options, 'file_system') !== undefined) return [];
      return [...root(member(member(options, 'anonymous') ?? null, 'root')), ...root(member(options, 'root'))];
    case 'gopher':
    case 'sftp':
    case 'tftp':
      return root(member(options, 'root'));
    default:
      return [];
  }
}

function isReached({ folder, dotfiles }: Root, path: string): boolean {
  if (path === folder) return true;
  const rest = relative(folder, path).split(sep);
  return rest[0] !== '..' && (dotfiles || !rest.some((name) => name.startsWith('.')));
}

/** Links are not followed out of a folder, so that it is the real place that counts; of what is not there yet, that of its folder. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(real(above), basename(path));
  }
}

function sentence({ name }: ServicePlan, { folder }: Root, held: readonly string[], better: string): string {
  const list = held.length === 1 ? held[0] : `${held.slice(0, -1).join(', ')} and ${held.at(-1)}`;
  return `services.${name}: it hands out ${folder}, and with it ${list}: give it a folder that holds nothing else, such as ${better}`;
}
