/**
 * Speed, side by side: Portico, the least that Node.js needs for the same, and other daemons where they are installed.
 * All run at once and are measured in turn, the order reversed every other round; absolute numbers are worth nothing on
 * another machine, so what counts are the ratios within a round. What is measured how: docs/benchmarks.md.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { cases, type Case } from './cases.ts';
import { createGenerator, type Generator } from './generator.ts';
import { startSubject, type RunningSubject } from './running-subject.ts';
import { findSubjects, type Subject } from './subjects.ts';
import { renderTable, type Measurement } from './table.ts';

const usage = `Usage: npm run bench -- [--rounds 5] [--duration 0.6] [--only tcp,exec,udp,start,memory,NAME…]
  --only  parts to measure, or daemons beside Portico and bare Node.js
`;
const idleSessions = 10_000;
const parts = ['tcp', 'exec', 'udp', 'start', 'memory'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    duration: { type: 'string', default: '0.6' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.duration);
const only = values.only.split(',').filter(Boolean);

if (values.help || !(rounds >= 1) || !(seconds > 0)) say(usage);
else await bench();

async function bench(): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-bench-'));
  // Workers and programs run as someone else when we are root.
  fs.chmodSync(folder, 0o755);
  const running: RunningSubject[] = [];
  try {
    const generator = createGenerator(folder);
    const { present, absent } = findSubjects(generator.tiny);
    if (!generator.isCompiled) say('No C compiler: Node.js makes the load, and is most of what is measured.\n');
    if (absent.length > 0) say(`Not here: ${absent.join(', ')}.\n`);
    const subjects = present.filter(isWanted);
    const wanted = cases.filter(({ part }) => isPart(part));
    if (wanted.length > 0) for (const subject of subjects) running.push(await startSubject(subject, place(subject)));
    for (const one of wanted) say(renderTable(one.title, '/s', await measureCase(one, running, generator)));
    for (const subject of running.splice(0)) await subject.stop();
    if (isPart('start')) say(renderTable('From start to the first connection', 'ms', await measureStart(subjects)));
    if (isPart('memory'))
      say(renderTable(`${idleSessions} idle sessions, each`, 'KB', await measureMemory(subjects, generator)));
  } finally {
    for (const subject of running) await subject.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }

  function place(subject: Subject): string {
    return join(folder, subject.name.replaceAll(/\W+/g, '-'));
  }

  async function measureStart(subjects: readonly Subject[]): Promise<Measurement[]> {
    const accepting = subjects.filter(({ services }) => !services.every((service) => service === 'udp'));
    return interleave(accepting, async (subject) => {
      const started = await startSubject(subject, place(subject));
      await started.stop();
      return { value: started.startMs, cpuMicroseconds: null, note: '' };
    });
  }

  async function measureMemory(subjects: readonly Subject[], generator: Generator): Promise<Measurement[]> {
    const own = subjects.filter(({ name }) => name === 'portico' || name === 'bare node:net');
    return interleave(own, async (subject) => {
      const started = await startSubject(subject, place(subject));
      try {
        // The first sessions make what all have in common.
        await generator.run('echo', started.ports.echo, 32, 0.5, 8);
        await delay(500);
        const before = started.memoryBytes();
        const held = await generator.hold(started.ports.echo, idleSessions);
        while (started.descriptors() < idleSessions) await delay(50);
        await delay(1_000);
        const each = (started.memoryBytes() - before) / idleSessions / 1024;
        await held.release();
        return { value: each, cpuMicroseconds: null, note: '' };
      } finally {
        await started.stop();
      }
    });
  }
}

function measureCase(one: Case, running: readonly RunningSubject[], generator: Generator): Promise<Measurement[]> {
  const offering = running.filter(({ subject }) => subject.services.includes(one.service));
  return interleave(offering, async ({ subject, ports, cpuSeconds }) => {
    const before = cpuSeconds();
    const last = one.window ?? subject.sources;
    const load = await generator.run(one.kind, ports[one.service], one.count, seconds, last);
    await delay(50);
    return {
      value: load.rate,
      cpuMicroseconds: ((cpuSeconds() - before) / load.operations) * 1e6,
      note: load.errors > 0 ? `${load.errors} errors` : load.lost > 0 ? `${load.lost} lost` : '',
    };
  });
}

type Round = Measurement['rounds'][number];

/** Every subject once in each round, in turns of changing order. */
async function interleave<Item extends { name: string } | { subject: { name: string } }>(
  items: readonly Item[],
  measure: (item: Item) => Promise<Round>,
): Promise<Measurement[]> {
  const measured = items.map((item) => ({ item, name: nameOf(item), rounds: [] as Round[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) one.rounds.push(await measure(one.item));
  }
  return measured;
}

function nameOf(item: { name: string } | { subject: { name: string } }): string {
  return 'name' in item ? item.name : item.subject.name;
}

function isPart(part: string): boolean {
  const named = only.filter((name) => parts.includes(name));
  return named.length === 0 || named.includes(part);
}

/** Portico and bare Node.js always are, because everything is compared with them. */
function isWanted({ name }: Subject): boolean {
  const named = only.filter((word) => !parts.includes(word));
  return named.length === 0 || /^(portico|bare)/.test(name) || named.some((word) => name.startsWith(word));
}

function say(text: string): void {
  process.stdout.write(text);
}
