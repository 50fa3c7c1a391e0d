import { statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import type { Want } from '../system/may-read.ts';
import { shellWord } from '../wire/shell-word.ts';
import type { Identity, Stop } from './identity.ts';

export interface LetIn extends Stop {
  /** All that the identity has to do there, what it already may included. */
  readonly needs: readonly Want[];
  readonly isSecret: boolean;
}

const letters: Readonly<Record<Want, string>> = { read: 'r', write: 'w', enter: 'x' };
const ownerBit: Readonly<Record<Want, number>> = { read: 0o400, write: 0o200, enter: 0o100 };

/** The commands that let somebody in: by owner, group and bits first, then by a list of access, which has to name all that is needed. */
export function letIn(request: LetIn, identity: Identity): readonly string[] {
  const { place, needs, lacks } = request;
  if (lacks.includes('write') && isOfAll(place)) {
    const own = join(place, 'portico');
    return [`install -d -o ${userWord(identity)} -m 0700 ${shellWord(own)}, and ${own} in place of ${place}`];
  }
  return [byBits(request, identity), `setfacl -m u:${userWord(identity)}:${modeOf(needs)} ${shellWord(place)}`];
}

/** As commands take it: by number where there is no name. */
export function userWord({ name, uid }: Identity): string {
  return name.includes(' ') ? String(uid) : name;
}

function byBits({ place, lacks, needs, isSecret }: LetIn, identity: Identity): string {
  const stats = statSync(place);
  const { uid, gid, groups } = identity;
  const missing = modeOf(lacks);
  const word = shellWord(place);
  if (stats.uid === uid) return `chmod u+${missing} ${word}`;
  if (groups.has(stats.gid)) return `chmod g+${missing} ${word}`;
  if (lacks.includes('write') && stats.uid === 0)
    return `chown ${userWord(identity)} ${word}${ownerBits(stats, needs, place)}`;
  // Everybody's to write to, or to read a key, is no good advice.
  if (!lacks.includes('write') && !isSecret) return `chmod o+${missing} ${word}`;
  const mode = isSecret ? '0640' : `g+${modeOf(needs)}`;
  return `chgrp ${gid} ${word} && chmod ${mode} ${word}`;
}

/** What the new owner would lack still. */
function ownerBits({ mode }: Stats, needs: readonly Want[], place: string): string {
  const lacking = needs.filter((want) => (mode & ownerBit[want]) === 0);
  return lacking.length === 0 ? '' : ` && chmod u+${modeOf(lacking)} ${shellWord(place)}`;
}

/** Folders that many use: they are not given away. */
function isOfAll(place: string): boolean {
  return /^\/(?:(?:var|usr|etc|srv|opt|home|run|mnt|media|tmp|dev|boot|root)?|var\/(?:log|lib|spool|cache|mail|tmp|www)|usr\/local)$/.test(
    place,
  );
}

function modeOf(wants: readonly Want[]): string {
  return wants.map((want) => letters[want]).join('');
}
