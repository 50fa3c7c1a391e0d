import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { CourierOptions } from '../contract/courier.ts';
import { mailFolder } from '../contract/mailbox.ts';
import type { DeliveryPlan, Plan, ServicePlan } from '../contract/plan.ts';
import { draftsFolder, folderName, spoolFolder, wholeFolder } from '../deliveries/spool/spool-folder.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { ownFolder } from '../system/own-folder.ts';
import type { Identity } from './identity.ts';
import { ownService } from './own-service.ts';
import { storeFolder } from './registry-plan.ts';

/** The pool of the courier: one process that takes things out of the spool and delivers them. */
export const courierName = '@courier';

/** Its attempts cost no peer anything, so that only what is wrong for long is given up. */
const mailboxPlan: DeliveryPlan = {
  type: 'maildir',
  retry: { first: 5_000, longest: 600_000, giveUp: 5 * 86_400_000 },
  timeout: 60_000,
  concurrency: 4,
  when: { service: [], name: null },
  options: {},
  base: '/',
};

/** null: there is nowhere to deliver to. */
export function courierService(plan: Plan): ServicePlan | null {
  if (!hasCourier(plan)) return null;
  const { state } = plan.daemon;
  const options: CourierOptions = {
    folder: storeFolder(state),
    spool: spoolFolder(state),
    mail: mailFolder(state),
    deliveries: plan.deliveries,
    mailboxes: hasMailboxes(plan) ? mailboxPlan : null,
  };
  return ownService({ name: courierName, type: 'courier', options: options as unknown as Json });
}

export function hasCourier(plan: Plan): boolean {
  return Object.keys(plan.deliveries).length > 0 || hasMailboxes(plan);
}

/** Mail comes in, and there may be accounts whose it is. */
export function hasMailboxes(plan: Plan): boolean {
  return plan.accounts.length > 0 && plan.services.some(({ type, enabled }) => enabled && type === 'smtp');
}

export interface SpoolOwners {
  /** Of the workers that will write. */
  readonly writer: Identity | null;
  /** Of the registry and the courier, which read and remove. */
  readonly reader: Identity | null;
}

/**
 * Makes the folder that workers of this identity write to: theirs, and of the group of those who deliver, as are all files that
 * are made in it. Where they are one user, nobody else gets in. What cannot be made is told by who wants to write there.
 */
export function prepareSpool(state: string, { writer, reader }: SpoolOwners): void {
  const own = process.getuid?.() ?? 0;
  const uid = writer?.uid ?? own;
  const gid = reader?.gid ?? process.getgid?.() ?? 0;
  const mode = uid === (reader?.uid ?? own) ? ownMode : sharedMode;
  const folder = join(spoolFolder(state), folderName(uid));
  try {
    makeOpenFolder(spoolFolder(state));
    for (const path of [folder, draftsFolder(folder), wholeFolder(folder)]) {
      fs.mkdirSync(path, { recursive: true, mode: 0o700 });
      ownFolder(path, { uid, gid, mode });
    }
  } catch {
    // A disk that is full, or mounted read-only, must not keep the services from starting.
  }
}

/**
 * Makes the folders that the courier delivers to, where there are none yet, as its own: it may not be able to. Those of mailboxes
 * among them. What cannot be made is told by the courier, which tries again.
 */
export function prepareTargets({ daemon, deliveries }: Plan, reader: Identity | null): void {
  for (const { folder, mode } of [
    privateFolder(mailFolder(daemon.state)),
    ...Object.values(deliveries).flatMap(folderOf),
  ]) {
    try {
      if (fs.existsSync(folder)) continue;
      makeOpenFolder(dirname(folder));
      fs.mkdirSync(folder, { mode });
      if (reader !== null) ownFolder(folder, reader);
    } catch {
      // As above.
    }
  }
}

interface TargetFolder {
  readonly folder: string;
  readonly mode: number;
}

function folderOf({ type, options, base }: DeliveryPlan): TargetFolder[] {
  if (type !== 'directory' && type !== 'maildir') return [];
  const { path } = (options ?? {}) as { readonly path?: Json };
  if (typeof path !== 'string') return [];
  const folder = resolve(base, path);
  // Files are there for others, mail is not.
  return [type === 'directory' ? { folder, mode: 0o750 } : privateFolder(folder)];
}

function privateFolder(folder: string): TargetFolder {
  return { folder, mode: 0o700 };
}

// A sandbox may forbid bits of sets (systemd's RestrictSUIDSGID), so they are for where they are needed alone.
const ownMode = 0o700;
const sharedMode = 0o2770;
