import { setTimeout as delay } from 'node:timers/promises';

import type { Bench, Case, OpenPart } from '../part.ts';
import { findEchoSubjects } from './echo-subjects.ts';

interface EchoLoad {
  readonly kind: 'echo' | 'read' | 'udp';
  /** Connections, or peers that send datagrams, at once. */
  readonly count: number;
  /** Datagrams on their way for each peer. */
  readonly window?: number;
}

export const openTcp: OpenPart = (bench) => ({
  ...findEchoSubjects(bench.generator.tiny),
  cases: [1, 32, 256].map((count) =>
    echoCase(bench, { kind: 'echo', count }, 'echo', {
      name: `tcp-${count}`,
      title: `TCP echo: connections, ${count} at once (connect, 64 bytes there and back, close)`,
    }),
  ),
});

export const openExec: OpenPart = (bench) => ({
  ...findEchoSubjects(bench.generator.tiny),
  cases: [1, 32].map((count) =>
    echoCase(bench, { kind: 'read', count }, 'exec', {
      name: `exec-${count}`,
      title: `exec: a tiny program for each connection, ${count} at once`,
    }),
  ),
});

export const openUdp: OpenPart = (bench) => ({
  ...findEchoSubjects(bench.generator.tiny),
  cases: [
    [1, 64],
    [32, 8],
  ].map(([count = 1, window = 1]) =>
    echoCase(bench, { kind: 'udp', count, window }, 'udp', {
      name: `udp-${count}`,
      title: `UDP echo: datagrams of 64 bytes, ${count} × ${window} on their way`,
    }),
  ),
});

function echoCase(
  { generator, settings }: Bench,
  { kind, count, window }: EchoLoad,
  service: string,
  names: Pick<Case, 'name' | 'title'>,
): Case {
  return {
    ...names,
    unit: '/s',
    service,
    async measure({ subject, port, cpuSeconds }) {
      const before = cpuSeconds();
      const load = await generator.run(kind, port(service), count, settings.seconds, window ?? subject.sources);
      await delay(50);
      return {
        value: load.rate,
        cpuMicroseconds: ((cpuSeconds() - before) / load.operations) * 1e6,
        note: load.errors > 0 ? `${load.errors} errors` : load.lost > 0 ? `${load.lost} lost` : '',
      };
    },
  };
}
