import { realpathSync } from 'node:fs';
import { join } from 'node:path';

import type { SessionEvent, SessionReport } from '../contract/channel.ts';
import type { ControlRequest, Status } from '../contract/control.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import type { Call } from './commands.ts';
import { findConfigFile } from './config-file.ts';
import { askDaemon, followDaemon, type ControlValue } from './control-client.ts';
import { findRuntime } from './find-runtime.ts';

/** The running daemon of a configuration, as the commands see it. */
export interface Daemon {
  status(timeoutMs?: number): Promise<Status>;
  sessions(): Promise<readonly SessionReport[]>;
  follow(listener: (event: SessionEvent) => void, signal: AbortSignal): Promise<void>;
  /** Answered at once, with what was asked for. */
  ask<T extends ControlValue>(request: ControlRequest): Promise<T>;
  /** Answered at once. */
  tell(request: ControlRequest): Promise<void>;
  /** Answered when it is done, however long that takes. */
  order<T extends ControlValue>(request: ControlRequest): Promise<T>;
}

/** How long a daemon may take to answer. */
export const answerMs = 10_000;
const socketName = 'portico.sock';
// Where the unit file puts it. Only the daemon sees $RUNTIME_DIRECTORY, not who calls a command.
const systemSocket = `/run/portico/${socketName}`;

export async function findDaemon(call: Pick<Call, 'options' | 'terminal'>, fallback = systemSocket): Promise<Daemon> {
  const { path: file } = findConfigFile(call);
  const { folder, isDefault } = await findRuntime(file, call.terminal.env);
  const own = join(folder, socketName);
  return daemonAt(isDefault && (await isSystemDaemon(fallback, own, file)) ? fallback : own);
}

function daemonAt(path: string): Daemon {
  return {
    status: async (timeoutMs = answerMs) => (await askDaemon(path, { command: 'status' }, { timeoutMs })) as Status,
    sessions: async () =>
      (await askDaemon(path, { command: 'sessions' }, { timeoutMs: answerMs })) as readonly SessionReport[],
    follow: (listener, signal) => followDaemon(path, listener, signal),
    ask: async <T extends ControlValue>(request: ControlRequest) =>
      (await askDaemon(path, request, { timeoutMs: answerMs })) as T,
    tell: async (request) => void (await askDaemon(path, request, { timeoutMs: answerMs })),
    order: async <T extends ControlValue>(request: ControlRequest) =>
      (await askDaemon(path, request, { timeoutMs: null })) as T,
  };
}

/** Nothing runs where it should by default, and the daemon on `fallback` was started with this very file. */
async function isSystemDaemon(fallback: string, own: string, file: string): Promise<boolean> {
  const isRunning = await statusAt(own).then(
    () => true,
    (error: unknown) => !isNotRunning(error),
  );
  if (isRunning) return false;
  const status = await statusAt(fallback).catch(() => null);
  return status !== null && realPath(status.config) === realPath(file);
}

function statusAt(path: string): Promise<Status> {
  return daemonAt(path).status();
}

export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

export function isNotRunning(error: unknown): boolean {
  return error instanceof ExitError && error.code === exitCodes.notRunning;
}

/** There is no daemon yet, or none that can tell yet how it is. */
export function mayPass(error: unknown): boolean {
  return isNotRunning(error) || (error instanceof ExitError && error.code === exitCodes.internal);
}
