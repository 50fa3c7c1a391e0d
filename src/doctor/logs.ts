import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Status } from '../contract/control.ts';
import type { OutputPlan } from '../contract/plan.ts';
import { shellWord } from '../wire/shell-word.ts';
import type { Finding, Patient } from './finding.ts';
import { firstThatExists, isReadOnly, whereStopped, type Identity } from './identity.ts';
import { userWord } from './let-in.ts';
import { processIdentity } from './process-identity.ts';
import { isOfUnit } from './unit-folder.ts';

const check = 'logs';

/** Whether log lines have somewhere to go. */
export function checkLogs({ plan, status }: Patient): readonly Finding[] {
  const master = masterOf(status);
  return plan.logging.outputs.flatMap((output) => judgeOutput(output, master));
}

/** The master opens log files. Where none runs, whoever looks is taken for who starts it. */
function masterOf(status: Status | null): Identity | null {
  return (status === null ? null : processIdentity(status.pid)) ?? processIdentity(process.pid);
}

function judgeOutput(output: OutputPlan, master: Identity | null): readonly Finding[] {
  if (output.kind === 'file') return judgeFile(output.path, master);
  if (output.kind === 'syslog' && output.address.kind === 'unix') return judgeSocket(output.address.path);
  return [];
}

function judgeFile(path: string, master: Identity | null): readonly Finding[] {
  const tell = (reason: string, fix: string | null): Finding[] => [
    { severity: 'error', check, message: `the log file ${path} cannot be written: ${reason}`, fix },
  ];
  const place = firstThatExists(path);
  const found = statSync(place);
  if (place === path && found.isDirectory()) return tell('it is a folder', 'name a file in logging.outputs');
  if (place !== path && !found.isDirectory()) return tell(`${place} is no folder`, null);
  if (isReadOnly(place)) {
    const fix = `mount -o remount,rw "$(findmnt -no TARGET -T ${place})", or another path in logging.outputs`;
    return tell(`the file system of ${place} is mounted read-only`, fix);
  }
  const { bavail, blocks } = statfsSync(place);
  if (blocks > 0 && bavail === 0)
    return tell('the disk is full', `du -xh --max-depth=2 ${dirname(path)} tells what takes it`);
  const stopped = master === null ? null : whereStopped(place, place === path ? ['write'] : ['write', 'enter'], master);
  if (stopped === null || master === null || isOfUnit(place)) return [];
  const who = userWord(master);
  const folder = dirname(path);
  const fix =
    place === path
      ? `chown ${who} ${path}`
      : place === folder
        ? `install -o ${who} -m 0640 /dev/null ${path}`
        : `install -d -o ${who} -m 0700 ${shellWord(folder)}`;
  const isOnTheWay = !stopped.lacks.includes('write');
  return tell(
    `${master.name}, whom the daemon runs as, may not ${isOnTheWay ? 'enter' : 'write'} ${stopped.place}`,
    isOnTheWay ? `chmod o+x ${stopped.place}` : fix,
  );
}

function judgeSocket(path: string): readonly Finding[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isSocket() === true) return [];
  const message = `log lines cannot go to unix:${path}: ${found === undefined ? 'there is no such socket' : 'it is no socket'}`;
  const fix = 'start the system logger that listens there, or take it out of logging.outputs';
  return [{ severity: 'error', check, message, fix }];
}
