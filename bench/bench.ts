/**
 * Speed, side by side: Portico, the least that Node.js needs for the same, and other daemons where they are installed.
 * All of a part run at once and are measured in turn, the order reversed every other round; absolute numbers are worth
 * nothing on another machine, so what counts are the ratios within a round. What is measured how: docs/benchmarks.md.
 */
import fs from 'node:fs';
import { join } from 'node:path';

import { createGenerator } from './generator.ts';
import { createSelection, type Selection } from './selection.ts';
import { openParts } from './parts/index.ts';
import type { Bench, Case, Part } from './part.ts';
import { startSubject, type RunningSubject } from './running-subject.ts';
import { settled } from './settled.ts';
import { readSettings, usage, type Settings } from './settings.ts';
import type { Subject } from './subject.ts';
import { renderTable, type Measurement, type Round } from './table.ts';

const settings = readSettings();
if (settings === null) say(usage);
else await runBench(settings);

async function runBench(given: Settings): Promise<void> {
  const folder = makeFolder(given.folder);
  const memoryFolder = makeFolder(isWritable('/dev/shm') ? '/dev/shm' : given.folder);
  const generator = createGenerator(folder);
  if (!generator.isCompiled) say('No C compiler: Node.js makes the load of echo and exec, and is most of it.\n');
  if (isInMemory(folder))
    say(`${given.folder} is in memory: give a --folder on a disk, or what is synced says nothing.\n`);
  const bench: Bench = { settings: given, generator, folder, memoryFolder };
  const selection = createSelection(given.only, Object.keys(openParts));
  for (const [name, open] of Object.entries(openParts)) {
    if (!selection.mayHavePart(name)) continue;
    const part = await open(bench);
    try {
      await measurePart(name, part, bench, selection);
    } finally {
      await part.close?.();
    }
  }
}

async function measurePart(name: string, part: Part, bench: Bench, selection: Selection): Promise<void> {
  const cases = part.cases.filter((one) => selection.hasCase(name, one.name));
  const wanted = part.present.filter((subject) => selection.hasSubject(subject.name) && cases.some(isFor(subject)));
  const skipped = part.absent.filter((gap) => selection.hasSubject(gap.name));
  const running: RunningSubject[] = [];
  const loaded = cases.filter(({ measure }) => measure !== undefined);
  try {
    for (const subject of wanted.filter((one) => loaded.some(isFor(one))))
      await start(subject, 'running').then(
        (started) => running.push(started),
        (error: Error) => skipped.push({ ...subject, why: error.message }),
      );
    // They accept before all of their processes are there.
    await Promise.all(running.map(settled));
    for (const one of loaded) {
      const offering = running.filter(({ subject }) => isFor(subject)(one));
      show(one, await interleave(offering, one.measure!, ({ subject }) => subject.name));
    }
  } finally {
    for (const subject of running) await subject.stop();
  }
  for (const one of cases.filter(({ measure }) => measure === undefined)) {
    const offering = wanted.filter((subject) => isFor(subject)(one));
    const measureOne = (subject: Subject): Promise<Round> => one.measureStopped!(() => start(subject, 'alone'));
    show(one, await interleave(offering, measureOne, (subject) => subject.name));
  }

  function show(one: Case, measurements: readonly Measurement[]): void {
    const table = { ...one, measurements, skipped: skipped.filter((gap) => isFor(gap)(one)) };
    say(renderTable(table, bench.settings.isMarkdown));
  }

  function start(subject: Subject, how: 'running' | 'alone'): Promise<RunningSubject> {
    const words = [name, subject.name, ...subject.services, how].join(' ');
    return startSubject(subject, join(bench.folder, words.replaceAll(/\W+/g, '-')));
  }

  /** Every one once in each round, in turns of changing order. */
  async function interleave<Item>(
    items: readonly Item[],
    measure: (item: Item) => Promise<Round>,
    called: (item: Item) => string,
  ): Promise<Measurement[]> {
    const measured = items.map((item) => ({ item, name: called(item), rounds: [] as Round[] }));
    for (let round = 0; round < bench.settings.rounds; round += 1)
      for (const one of round % 2 === 0 ? measured : measured.toReversed())
        one.rounds.push(await measure(one.item).catch(failed));
    return measured;
  }
}

function isFor({ services }: { readonly services: readonly string[] }): (one: Case) => boolean {
  return (one) => services.includes(one.service);
}

function failed(error: Error): Round {
  const note = `failed: ${error.message.split('\n')[0]!.replaceAll('|', '/').slice(0, 160)}`;
  return { value: Number.NaN, cpuMicroseconds: null, note };
}

function makeFolder(parent: string): string {
  const folder = fs.mkdtempSync(join(parent, 'portico-bench-'));
  // Workers and programs run as someone else when we are root.
  fs.chmodSync(folder, 0o755);
  process.on('exit', () => remove(folder));
  return folder;
}

/** Daemons that are being ended may write once more while it goes. */
function remove(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    say(`${folder} is left: ${(error as Error).message}\n`);
  }
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** statfs(2): TMPFS_MAGIC. */
function isInMemory(folder: string): boolean {
  return fs.statfsSync(folder).type === 0x01021994;
}

function say(text: string): void {
  process.stdout.write(text);
}
