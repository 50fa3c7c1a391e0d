import type { DeliveryOrder } from '../contract/control.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import { mailboxDelivery, type ItemReport, type TaskReport } from '../contract/queue.ts';
import type { Call, Command } from './commands.ts';
import { findDaemon, type Daemon } from './daemon.ts';
import { formatJson } from './format.ts';
import { UsageError } from './parse-arguments.ts';
import { itemToJson, renderDown, renderItem, renderTasks } from './render-deliveries.ts';

const deliveries: Command = async (call) => {
  const [action = 'list', ...ids] = call.words;
  switch (action) {
    case 'list':
      return await list(call, ids);
    case 'show':
      return await show(call, ids);
    case 'retry':
    case 'drop':
    case 'replay':
      return await change(call, action, ids);
    default:
      throw new UsageError('deliveries', `expected list, show, retry, drop or replay, got "${action}"`);
  }
};

export default deliveries;

const defaultLimit = 1_000;
// What fits into one message.
const maxLimit = 10_000;
// A request to the control socket has 4 KB, and an id 20 characters.
const idsAtOnce = 100;

async function list(call: Call, ids: readonly string[]): Promise<number> {
  const { options, terminal } = call;
  if (ids.length > 0) throw new UsageError('deliveries', `deliveries list does not take "${ids[0]}"`);
  if (options.all === true)
    throw new UsageError('deliveries', 'deliveries list does not take --all: --state done lists what was delivered');
  refuse(call, 'list', ['to']);
  const limit = options.limit === undefined ? defaultLimit : Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new UsageError(
      'deliveries',
      `--limit: expected a number from 1 to ${maxLimit}, got ${JSON.stringify(options.limit)}`,
    );
  const { delivery = null } = options;
  const state = stateOption(call);
  const daemon = await findDaemon(call);
  const tasks = await daemon.ask<readonly TaskReport[]>({ command: 'delivery-list', delivery, state, limit });
  if (tasks.length === 0) await needDelivery(daemon, delivery);
  if (options.json === true) terminal.out(formatJson(tasks, 2));
  else terminal.out(renderTasks(tasks, terminal) + (await noteDown(daemon, tasks)));
  if (tasks.length === limit) terminal.err(`portico: only the oldest ${limit} are shown; --limit N shows more\n`);
  return exitCodes.ok;
}

async function show(call: Call, ids: readonly string[]): Promise<number> {
  const [id, extra] = ids;
  if (id === undefined) throw new UsageError('deliveries', 'deliveries show needs ID');
  if (extra !== undefined) throw new UsageError('deliveries', `deliveries show does not take "${extra}"`);
  refuse(call, 'show', ['all', 'delivery', 'state', 'to', 'limit']);
  const daemon = await findDaemon(call);
  // That there is none of that id is the daemon's answer, with code 1.
  const report = await daemon.ask<ItemReport>({ command: 'delivery-show', id });
  call.terminal.out(call.options.json === true ? formatJson(itemToJson(report), 2) : renderItem(report));
  return exitCodes.ok;
}

/** An empty answer is no answer where the name is a wrong one. */
async function needDelivery(daemon: Daemon, name: string | null): Promise<void> {
  if (name === null || name === mailboxDelivery) return;
  const { deliveries } = await daemon.status();
  if (deliveries.some((delivery) => delivery.name === name)) return;
  throw new ExitError(exitCodes.negative, `there is no delivery called ${name}`);
}

/** Why nothing is tried of what waits. */
async function noteDown(daemon: Daemon, tasks: readonly TaskReport[]): Promise<string> {
  const waiting = new Set(tasks.filter(({ state }) => state === 'queued').map(({ delivery }) => delivery));
  if (waiting.size === 0) return '';
  const { deliveries } = await daemon.status();
  return renderDown(deliveries.filter(({ name }) => waiting.has(name)));
}

type Change = 'retry' | 'drop' | 'replay';

async function change(call: Call, action: Change, ids: readonly string[]): Promise<number> {
  const { options, terminal } = call;
  refuse(call, action, action === 'replay' ? ['limit'] : ['limit', 'to']);
  if (ids.length === 0 && options.all !== true)
    throw new UsageError('deliveries', `deliveries ${action} needs ID, or --all`);
  if (ids.length > 0 && options.all === true)
    throw new UsageError('deliveries', `deliveries ${action} takes ids or --all, not both`);
  const orders = ordersOf(call, action, ids);
  const daemon = await findDaemon(call);
  let count = 0;
  for (const order of orders) count += await daemon.order<number>(order);
  if (options.json === true) terminal.out(formatJson({ tasks: count }, 2));
  else if (count > 0) terminal.out(`${count} ${count === 1 ? 'delivery' : 'deliveries'} ${outcomes[action]}\n`);
  if (count === 0) await needDelivery(daemon, options.delivery ?? null);
  if (count > 0 || ids.length === 0) {
    if (count === 0 && options.json !== true) terminal.out(`there is nothing to ${action}\n`);
    return exitCodes.ok;
  }
  throw new ExitError(
    exitCodes.negative,
    `there is nothing to ${action} of ${ids.length === 1 ? 'that id' : 'those ids'}`,
  );
}

const outcomes: Readonly<Record<Change, string>> = {
  retry: 'will be tried again now',
  drop: 'dropped',
  replay: 'will be made once more',
};

function ordersOf(call: Call, action: Change, ids: readonly string[]): DeliveryOrder[] {
  const { delivery = null, all, to = null } = call.options;
  // What was acknowledged and still waits for its turn is not lost by a word too few.
  const state = stateOption(call) ?? (action === 'drop' && all === true ? 'failed' : null);
  const batches = ids.length === 0 ? [[]] : batchesOf(ids);
  return batches.map((batch): DeliveryOrder => {
    const choice = { ids: batch, delivery, state };
    return action === 'replay'
      ? { command: 'delivery-replay', ...choice, to }
      : { command: `delivery-${action}`, ...choice };
  });
}

function batchesOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / idsAtOnce);
  return Array.from({ length: count }, (_, index) => ids.slice(index * idsAtOnce, (index + 1) * idsAtOnce));
}

function stateOption({ options }: Call): TaskReport['state'] | null {
  const { state } = options;
  switch (state) {
    case undefined:
      return null;
    case 'queued':
    case 'delivering':
    case 'failed':
    case 'done':
      return state;
    default:
      throw new UsageError('deliveries', `--state: expected queued, delivering, failed or done, got "${state}"`);
  }
}

function refuse({ options }: Call, action: string, names: readonly (keyof Call['options'])[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError('deliveries', `deliveries ${action} does not take --${given}`);
}
