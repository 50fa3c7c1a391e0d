import type { OpenPart } from '../part.ts';
import { findEchoSubjects } from './echo-subjects.ts';

export const openStart: OpenPart = (bench) => {
  const { present, absent } = findEchoSubjects(bench.generator.tiny);
  // Those that only take datagrams give no sign. The others serve one of these two.
  const accepting = present.filter(({ services }) => services.some((service) => service !== 'udp'));
  const asStarted = <Item extends { readonly services: readonly string[] }>(item: Item): Item => ({
    ...item,
    services: [...item.services, 'start'],
  });
  return {
    present: accepting.map(asStarted),
    absent: absent.map(asStarted),
    cases: [
      {
        name: 'start',
        title: 'From start to the first connection',
        unit: 'ms',
        service: 'start',
        async measureStopped(start) {
          const started = await start();
          await started.stop();
          return { value: started.startMs, cpuMicroseconds: null, note: '' };
        },
      },
    ],
  };
};
