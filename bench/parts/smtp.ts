import { findProgram } from '../machine.ts';
import { runProgram } from '../generator.ts';
import type { Case, OpenPart } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import { settled } from '../settled.ts';
import type { Round } from '../table.ts';
import { findSmtpSubjects } from './smtp-subjects.ts';

interface Way {
  readonly bytes: number;
  readonly connections: number;
  /** Whether a connection has one message only. */
  readonly isOneEach: boolean;
}

/** Load by Postfix's smtp-source, for all alike. */
export const openSmtp: OpenPart = ({ settings }) => {
  const { present, absent } = findSmtpSubjects();
  if (findProgram('smtp-source') === null)
    return { present: [], absent: present.map((one) => ({ ...one, why: 'no smtp-source for the load' })), cases: [] };
  // Messages a second that a subject took the last time, to know how many make a measurement of that duration.
  const rates = new Map<string, number>();
  const ways = [false, true].flatMap((isOneEach) =>
    [1, 20].flatMap((connections) => [1_024, 102_400].map((bytes): Way => ({ bytes, connections, isOneEach }))),
  );
  return { present, absent, cases: ways.map(smtpCase) };

  function smtpCase(way: Way): Case {
    const { bytes, connections, isOneEach } = way;
    const kilobytes = Math.floor(bytes / 1024);
    const name = `smtp-${isOneEach ? 'one' : 'many'}-${connections}-${kilobytes}k`;
    const how = isOneEach ? 'a connection for each' : 'many on each connection';
    return {
      name,
      title: `SMTP: messages of ${kilobytes} KB, ${how}, ${connections} at once`,
      unit: '/s',
      service: 'smtp',
      measure: (running) => measure(running, way, `${running.subject.name} ${name}`),
    };
  }

  function countFor(rate: number, { connections }: Way): number {
    return Math.min(50_000, Math.max(connections * 10, Math.round(rate * settings.seconds)));
  }

  async function measure(running: RunningSubject, way: Way, key: string): Promise<Round> {
    let rate = rates.get(key);
    if (rate === undefined) {
      // How fast it is at first says little: this warms it up.
      rate = await send(running, way, way.connections * 10);
      rate = await send(running, way, countFor(rate, way));
      await settled(running);
    }
    const count = countFor(rate, way);
    const before = running.cpuSeconds();
    const value = await send(running, way, count);
    rates.set(key, value);
    // What was taken is delivered as well, before the next one is measured: the CPU time is that of both.
    await settled(running);
    return { value, cpuMicroseconds: ((running.cpuSeconds() - before) / count) * 1e6, note: '' };
  }
};

async function send(running: RunningSubject, way: Way, count: number): Promise<number> {
  const how = way.isOneEach ? [] : ['-d'];
  const many = ['-s', way.connections, '-m', count, '-l', way.bytes];
  const addresses = ['-f', 'from@bench.example', '-t', 'to@bench.example'];
  const begun = performance.now();
  await runProgram(['smtp-source', ...how, ...many, ...addresses, `127.0.0.1:${running.port('smtp')}`]);
  return (count / (performance.now() - begun)) * 1000;
}
