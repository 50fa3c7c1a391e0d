/**
 * A real daemon, peers on all of its services, and one fault after the other. What contract and documentation promise under
 * trouble is held against what the peers saw; the exit code is 1 when something was promised otherwise. docs/chaos.md tells more.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { renderConfiguration } from './configuration.ts';
import type { Chaos, Fault } from './fault.ts';
import { faults } from './faults/index.ts';
import { createGate } from './gate.ts';
import { createLedger, remark } from './ledger.ts';
import { findPorts } from './ports.ts';
import { findProgram } from './programs.ts';
import { createRandom } from './random.ts';
import { judge, writeReport } from './report.ts';
import { createStage, type Stage } from './stage.ts';
import { createSubject, type Subject } from './subject.ts';
import { traffic } from './traffic/index.ts';
import { createVisitors } from './visit.ts';

const usage = `Usage: npm run chaos -- [--minutes 3] [--only ${Object.keys(faults).join(',')}] [--seed N] [--keep]
  --keep  leave the folder of the run, with its log, where it is
`;
const recoveryMs = 60_000;
const deliveryMs = 90_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const words = values.only.split(',').filter(Boolean);
const stranger = words.find((word) => !Object.hasOwn(faults, word));

if (values.help || stranger !== undefined || !(minutes > 0)) say(usage);
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const isRoot = process.getuid?.() === 0;
  const stage = createStage(isRoot);
  const subject = createSubject(stage.folder);
  const giveUp = async (): Promise<void> => {
    await subject.kill();
    if (!values.keep) stage.remove();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp());
  process.once('uncaughtException', (error) => {
    say(`${error.stack}\n`);
    void giveUp();
  });
  try {
    return await injectAll(stage, subject, isRoot);
  } finally {
    await subject.kill();
    if (!values.keep) stage.remove();
  }
}

async function injectAll(stage: Stage, subject: Subject, isRoot: boolean): Promise<boolean> {
  const { folder, hasSmallDisk } = stage;
  const random = createRandom(Number(values.seed));
  say(`Seed ${values.seed}, in ${folder}${isRoot ? '' : ', not as root'}\n`);
  say(`It takes ${minutes} minutes, and some more for starts and recoveries\n`);
  const ports = await findPorts(random);
  const [ledger, gate] = [createLedger(), createGate()];
  let number = 0;
  const edition = (): string =>
    renderConfiguration({ ports, isRoot, folder, perl: findProgram('perl'), edition: number });
  subject.write(edition());
  await subject.start();
  const pools = new Map((await subject.status()).services.map(({ name, pool }) => [name, pool]));
  const present = traffic.filter((kind) => {
    const reason = kind.missing?.() ?? null;
    if (reason !== null) say(`Without ${kind.name}: ${reason}\n`);
    return reason === null;
  });
  const visitors = createVisitors({ traffic: present, ports, folder, random, ledger, gate });
  const wanted = Object.entries(faults).filter(([word]) => words.length === 0 || words.includes(word));
  const shares = wanted.reduce((sum, [, { share = 1 }]) => sum + share, 0);
  const base = { subject, ledger, gate, visitors, ports, random, isRoot, hasSmallDisk };
  const chaosOf = (fault: Fault): Chaos => ({
    ...base,
    sliceMs: (minutes * 60_000 * (fault.share ?? 1)) / shares,
    injected: () => void (ledger.now.times += 1),
    broken: (text) => remark(ledger.now.broken, text),
    note: (text) => remark(ledger.now.notes, text),
    nextEdition: () => ((number += 1), edition()),
    edition,
    poolOf: (service) => pools.get(service) ?? service,
  });

  /** Every kind of visit ends well once more. */
  async function recover(): Promise<void> {
    visitors.turn();
    const before = new Map(visitors.done);
    const late = (): string[] =>
      [...before].filter(([name, done]) => visitors.done.get(name) === done).map(([name]) => name);
    const end = performance.now() + recoveryMs;
    while (late().length > 0 && performance.now() < end) {
      await delay(50);
      visitors.turn();
    }
    for (const name of late()) remark(ledger.now.broken, `${name} has not come back in ${recoveryMs / 1000} s`);
  }

  gate.open();
  await recover();
  for (const [word, fault] of wanted) {
    const chaos = chaosOf(fault);
    const reason = fault.missing?.(chaos) ?? null;
    if (reason !== null) {
      say(`${word}: skipped, ${reason}\n`);
      continue;
    }
    const chapter = ledger.begin(word, (name) => {
      const services = traffic.find((kind) => kind.name === name)?.services ?? [];
      return services.some((service) => fault.mayCost?.(service, chaos) === true);
    });
    const end = performance.now() + chaos.sliceMs;
    do {
      await fault.inject(chaos);
      visitors.turn();
    } while (fault.isOnce !== true && performance.now() < end);
    await recover();
    judge(chapter, fault);
    say(`${word} (${fault.name}): ${chapter.times} times, ${chapter.sessions} sessions\n`);
    for (const text of [...chapter.broken, ...chapter.notes]) say(`  ${text}\n`);
  }

  ledger.begin('the end');
  await visitors.stop();
  await waitForDeliveries(subject, (text) => remark(ledger.now.broken, text));
  const code = await subject.stop();
  if (code !== 0) remark(ledger.now.broken, `the daemon ended with ${code}`);
  const report = writeReport(folder, ledger, subject.complaints);
  say(`\n${report.text}`);
  return report.isKept;
}

/** Until nothing waits to be delivered any more. */
async function waitForDeliveries(subject: Subject, broken: (text: string) => void): Promise<void> {
  const end = performance.now() + deliveryMs;
  for (;;) {
    const { deliveries } = await subject.status();
    const queued = deliveries.reduce((sum, delivery) => sum + delivery.queued, 0);
    const failed = deliveries.reduce((sum, delivery) => sum + delivery.failed, 0);
    if (failed > 0) return broken(`${failed} deliveries were given up`);
    if (queued === 0) return;
    if (performance.now() > end) return broken(`${queued} deliveries still wait after ${deliveryMs / 1000} s`);
    await delay(100);
  }
}

function say(text: string): void {
  process.stdout.write(text);
}
