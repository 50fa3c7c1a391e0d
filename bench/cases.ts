import type { ServiceName } from './subjects.ts';

/** One way to load one service. */
export interface Case {
  readonly part: 'tcp' | 'exec' | 'udp';
  readonly title: string;
  readonly service: ServiceName;
  readonly kind: 'echo' | 'read' | 'udp';
  /** Connections, or peers that send datagrams, at once. */
  readonly count: number;
  /** Datagrams on their way for each peer. */
  readonly window?: number;
}

export const cases: readonly Case[] = [
  ...[1, 32, 256].map((count): Case => ({
    part: 'tcp',
    title: `TCP echo: connections, ${count} at once (connect, 64 bytes there and back, close)`,
    service: 'echo',
    kind: 'echo',
    count,
  })),
  ...[1, 32].map((count): Case => ({
    part: 'exec',
    title: `exec: a tiny program for each connection, ${count} at once`,
    service: 'exec',
    kind: 'read',
    count,
  })),
  ...[
    [1, 64],
    [32, 8],
  ].map(([count = 1, window = 1]): Case => ({
    part: 'udp',
    title: `UDP echo: datagrams of 64 bytes, ${count} × ${window} on their way`,
    service: 'udp',
    kind: 'udp',
    count,
    window,
  })),
];
