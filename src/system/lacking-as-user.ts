import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

import type { Reader, Want } from './may-read.ts';

export interface PlaceAsked {
  readonly place: string;
  readonly wants: readonly Want[];
}

const modes: Readonly<Record<Want, number>> = { read: constants.R_OK, write: constants.W_OK, enter: constants.X_OK };
const maxMs = 10_000;

// Groups first: whoever has given up root can change nothing more.
const program = `
const { uid, gid, groups, asked } = JSON.parse(process.argv[1]);
const { accessSync } = require('node:fs');
process.setgroups(groups);
process.setgid(gid);
process.setuid(uid);
const may = (place, mode) => {
  try {
    accessSync(place, mode);
    return true;
  } catch {
    return false;
  }
};
process.stdout.write(JSON.stringify(asked.map(({ place, modes }) => modes.map((mode) => may(place, mode)))));
`;

/**
 * What a user may not do at each of some places, as the kernel says, with lists of access and security modules: as ourselves, or as
 * root in a process that becomes the user. null: there is no way to ask.
 */
export function lackingAsUser(asked: readonly PlaceAsked[], reader: Reader): readonly (readonly Want[])[] | null {
  const own = process.getuid?.();
  if (own === reader.uid) return asked.map(({ place, wants }) => wants.filter((want) => !mayWe(place, want)));
  if (own !== 0) return null;
  const request = {
    uid: reader.uid,
    gid: reader.gid,
    groups: [...(reader.groups ?? [])],
    asked: asked.map(({ place, wants }) => ({ place, modes: wants.map((want) => modes[want]) })),
  };
  try {
    const text = execFileSync(process.execPath, ['-e', program, JSON.stringify(request)], {
      encoding: 'utf8',
      env: {},
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: maxMs,
    });
    const answers = JSON.parse(text) as readonly (readonly boolean[])[];
    return asked.map(({ wants }, index) => wants.filter((_, at) => answers[index]?.[at] !== true));
  } catch {
    // A container may not let root become others.
    return null;
  }
}

function mayWe(place: string, want: Want): boolean {
  try {
    accessSync(place, modes[want]);
    return true;
  } catch {
    return false;
  }
}
